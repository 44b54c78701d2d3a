/** Tells a database that cannot be reached or cannot work now from one that says no. */

/** SQLSTATE classes and codes, from the PostgreSQL manual, appendix A. */
const unavailableCodes = [
  '08', // connection exceptions
  '25006', // read only: a standby, or a disk that an operator protects
  '53', // out of memory, disk or connections
  '57', // shut down, killed, cancelled by a time-out
  '58', // input or output error of the server's system
];

/** Made by two writers that met; doing it again gives a clear answer. */
const collisionCodes = ['23505', '40001', '40P01'];

/** The SQLSTATE; undefined for an error that did not come from the server. */
function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object) ? code : undefined;
}

/** Also true for everything that the network or the pool says: refused, reset, timed out. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return unavailableCodes.some((code) => state.startsWith(code));
  return error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
}

export function isCollision(error: unknown): boolean {
  return collisionCodes.includes(sqlStateOf(error) ?? '');
}
