// Runs the migrations to their end, as the owner of the database.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Home } from './home.js';
import { lastLines, openLog } from './log-file.js';
import { repositoryRoot } from './repository-root.js';

/** Throws with the end of the log when the schema could not be made ready. */
export async function migrate(home: Home, env: NodeJS.ProcessEnv): Promise<void> {
  const script = join(repositoryRoot, 'dist/apps/migrate/main.js');
  if (!existsSync(script)) throw new Error(`${script} is absent: run "npm run build" first`);
  const logFile = join(home.logs, 'migrate.log');
  const status = await runToEnd(script, env, logFile);
  if (status !== 0)
    throw new Error(`The migrations exited with ${status}. The end of ${logFile}:\n${lastLines(logFile)}`);
}

function runToEnd(script: string, env: NodeJS.ProcessEnv, logFile: string): Promise<number | null> {
  const log = openLog(logFile);
  const child = spawn(process.execPath, [script], {
    cwd: repositoryRoot,
    env,
    stdio: ['ignore', log.descriptor, log.descriptor],
  });
  log.close();
  return new Promise((done, fail) => child.once('error', fail).once('exit', done));
}
