// The record of a running stack, by which a second start, `status` and `down` find it, and by which a crash is cleaned up.
import { rmSync, writeFileSync } from 'node:fs';
import { describeHome, type Home } from './home.js';
import { readJson, writePrivateJson } from './private-file.js';
import { identify, isStillRunning, type ProcessIdentity } from './process-identity.js';
import { waitUntil } from './wait-until.js';

export interface StackState {
  phase: 'starting' | 'ready' | 'stopping';
  /** UTC, ISO 8601. */
  startedAt: string;
  /** The process that supervises the others. */
  owner: ProcessIdentity;
  processes: Record<string, ProcessIdentity>;
  /** Where people and agents reach it; no passwords. */
  addresses: StackAddresses | undefined;
}

export interface StackAddresses {
  api: string;
  /** The reference of the REST API, to be read. */
  docs: string;
  mcp: string;
}

/** Refusal: this home has a running stack already. */
export class AlreadyRunningError extends Error {
  constructor(readonly state: StackState) {
    const where = state.addresses ? `: ${state.addresses.api} (MCP ${state.addresses.mcp})` : ', and is still starting';
    super(`Tasksmith is already running with pid ${state.owner.pid}${where}`);
    this.name = 'AlreadyRunningError';
  }
}

/** The running stack of a home; undefined when none is, also when one crashed and left its record. */
export function readStackState(homePath: string): StackState | undefined {
  const state = readJson<StackState>(describeHome(homePath).stateFile);
  return state && isStillRunning(state.owner) ? state : undefined;
}

/** Asks the running stack of a home to stop and waits for it; false when none was running. */
export async function stopRunningStack(homePath: string, timeoutMs = 120_000): Promise<boolean> {
  const state = readStackState(homePath);
  if (!state) return false;
  process.kill(state.owner.pid, 'SIGTERM');
  const hasStopped = await waitUntil(() => readStackState(homePath) === undefined, timeoutMs);
  if (hasStopped) return true;
  throw new Error(`Tasksmith (pid ${state.owner.pid}) did not stop within ${timeoutMs / 1000} s`);
}

/** Keeps the record of the stack that this process runs. */
export class StateRecord {
  private constructor(
    private readonly home: Home,
    private state: StackState,
  ) {}

  /** Claims the home; throws AlreadyRunningError when another process has it. What a crashed one left running is ended. */
  static async claim(home: Home): Promise<StateRecord> {
    const state = newState();
    for (;;) {
      if (createFile(home.stateFile, state)) return new StateRecord(home, state);
      const other = readJson<StackState>(home.stateFile);
      if (other && isStillRunning(other.owner)) throw new AlreadyRunningError(other);
      if (other) await endAll(Object.values(other.processes));
      rmSync(home.stateFile, { force: true });
    }
  }

  noteProcess(name: string, pid: number | undefined): void {
    const others = Object.entries(this.state.processes).filter(([known]) => known !== name);
    const identity = pid === undefined ? undefined : identify(pid);
    this.write({ processes: Object.fromEntries(identity ? [...others, [name, identity]] : others) });
  }

  ready(addresses?: StackAddresses): void {
    this.write({ phase: 'ready', addresses });
  }

  stopping(): void {
    this.write({ phase: 'stopping' });
  }

  release(): void {
    rmSync(this.home.stateFile, { force: true });
  }

  private write(change: Partial<StackState>): void {
    this.state = { ...this.state, ...change };
    writePrivateJson(this.home.stateFile, this.state);
  }
}

function newState(): StackState {
  const owner = identify(process.pid);
  if (!owner) throw new Error('This process cannot read its own start time, which it needs to be told from others');
  return { phase: 'starting', startedAt: new Date().toISOString(), owner, processes: {}, addresses: undefined };
}

/** Creating is the claim: of two starts at the same moment, one finds the file there. */
function createFile(file: string, state: StackState): boolean {
  try {
    writeFileSync(file, JSON.stringify(state), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** All at once, since services and servers of a crashed stack owe each other nothing. */
async function endAll(leftovers: ProcessIdentity[]): Promise<void> {
  await Promise.all(leftovers.map(end));
}

/** The first two are the fast and the immediate stop of PostgreSQL, see postgres.server.ts; the others end of either. */
const endings = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 5_000],
] as const;

async function end(leftover: ProcessIdentity): Promise<void> {
  for (const [signal, withinMs] of endings) {
    if (!isStillRunning(leftover)) return;
    process.kill(leftover.pid, signal);
    await waitUntil(() => !isStillRunning(leftover), withinMs);
  }
}
