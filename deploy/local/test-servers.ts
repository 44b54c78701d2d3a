// The three servers in a home of their own that is removed again: for test runs.
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeHome, openHome } from './home.js';
import { type Servers, startServers } from './servers.js';
import { AlreadyRunningError, StateRecord } from './state.js';

const prefix = 'tasksmith-test-';

/** Starts them on free ports; `stop` also removes the home. What crashed test runs left behind is cleaned up first. */
export async function startTestServers(): Promise<Servers> {
  await removeLeftovers();
  const path = mkdtempSync(join(tmpdir(), prefix));
  // PostgreSQL may run as another user, who must get to its folder.
  chmodSync(path, 0o755);
  const record = await StateRecord.claim(openHome(path));
  const servers = await startServers({ home: path, onPid: (name, pid) => record.noteProcess(name, pid) });
  record.ready();
  return {
    ...servers,
    stop: async () => {
      await servers.stop();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

async function removeLeftovers(): Promise<void> {
  const homes = readdirSync(tmpdir()).filter((name) => name.startsWith(prefix));
  await Promise.all(homes.map((name) => removeIfAbandoned(join(tmpdir(), name))));
}

/** Claiming ends what still runs there; a home in use refuses the claim and is left alone, as is one just being made. */
async function removeIfAbandoned(path: string): Promise<void> {
  if (!existsSync(describeHome(path).stateFile)) return;
  try {
    await StateRecord.claim(openHome(path));
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (!(error instanceof AlreadyRunningError)) throw error;
  }
}
