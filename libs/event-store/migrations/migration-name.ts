/** TypeORM orders migrations by the thirteen digits at the end of their names. */
export function migrationName(number: number, name: string): string {
  return `${name}${String(number).padStart(13, '0')}`;
}
