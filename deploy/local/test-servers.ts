// The three servers in a home of their own that is removed again: for test runs.
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeHome, openHome } from './home.js';
import { type Servers, startServers } from './servers.js';
import { AlreadyRunningError, StateRecord } from './state.js';

const prefix = 'tasksmith-test-';
/** A file system that is kept in memory, on Linux. */
const MEMORY = '/dev/shm';
/** For the log of all tests, what Postgres keeps of it for a crash, and the streams. */
const ROOM_BYTES = 6_000_000_000;

/** Starts them on free ports; `stop` also removes the home. What crashed test runs left behind is cleaned up first. */
export async function startTestServers(): Promise<Servers> {
  await removeLeftovers();
  const path = makeTestHome();
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

/** A folder for a home, to be removed by whoever asked for it. Beside images that are built, a disk can keep a commit waiting for longer than a commit may take; memory does not. */
export function makeTestHome(): string {
  const path = mkdtempSync(join(hasRoomInMemory() ? MEMORY : tmpdir(), prefix));
  // PostgreSQL may run as another user, who must get to its folder.
  chmodSync(path, 0o755);
  return path;
}

function hasRoomInMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}

async function removeLeftovers(): Promise<void> {
  const folders = [MEMORY, tmpdir()].filter((folder) => existsSync(folder));
  const homes = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.startsWith(prefix))
      .map((name) => join(folder, name)),
  );
  await Promise.all(homes.map(removeIfAbandoned));
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
