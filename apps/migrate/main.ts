/** Brings the database up to date before the services start; several may run at once. Exit code 0 when it is, 1 with the reason when not. */
import { BadSettings, readConfig } from '#config';
import { migrate } from '#event-store';

try {
  const { DATABASE_OWNER_URL, DATABASE_SERVICE_ROLE, DATABASE_SERVICE_PASSWORD } = readConfig(process.env, ['owner']);
  const { applied } = await migrate({
    ownerUrl: DATABASE_OWNER_URL,
    serviceRole: DATABASE_SERVICE_ROLE,
    servicePassword: DATABASE_SERVICE_PASSWORD,
    say,
  });
  say(applied.length === 0 ? 'the database is up to date' : `the database is up to date; ${applied.length} applied`);
} catch (error) {
  say(error instanceof BadSettings ? error.message : `could not bring the database up to date: ${reason(error)}`);
  process.exitCode = 1;
}

function say(message: string): void {
  process.stderr.write(`migrate: ${message}\n`);
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  return error instanceof Error ? error.message : String(error);
}
