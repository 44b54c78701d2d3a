/**
 * Brings the database up to date before the services start; several may run at once. With `--retention` it only makes partitions for the months to
 * come and forgets runs that are past their time, beside running services: for cron. Exit code 0 when that is done, 1 with the reason when not.
 */
import { parseArgs } from 'node:util';
import { BadSettings, readConfig } from '#config';
import { applyRetention, migrate } from '#event-store';

try {
  const { retention } = parseArgs({ options: { retention: { type: 'boolean', default: false } } }).values;
  const config = readConfig(process.env, ['owner']);
  const options = { ownerUrl: config.DATABASE_OWNER_URL, keepRunsDays: config.TASKSMITH_RUN_RETENTION_DAYS, say };
  if (retention) await applyRetention(options);
  else await bringUpToDate(options, config);
} catch (error) {
  say(error instanceof BadSettings ? error.message : `could not bring the database up to date: ${reason(error)}`);
  process.exitCode = 1;
}

async function bringUpToDate(
  options: Parameters<typeof applyRetention>[0],
  config: { DATABASE_SERVICE_ROLE: string; DATABASE_SERVICE_PASSWORD?: string | undefined },
): Promise<void> {
  const { applied } = await migrate({
    ...options,
    serviceRole: config.DATABASE_SERVICE_ROLE,
    servicePassword: config.DATABASE_SERVICE_PASSWORD,
  });
  say(applied.length === 0 ? 'the database is up to date' : `the database is up to date; ${applied.length} applied`);
}

function say(message: string): void {
  process.stderr.write(`migrate: ${message}\n`);
}

function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  return error instanceof Error ? error.message : String(error);
}
