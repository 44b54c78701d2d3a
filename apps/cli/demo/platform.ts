/** The platform that the demo plays on: the one that runs already, or one of its own, started as `npm start` does. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AlreadyRunningError,
  openHome,
  readStackState,
  type StackAddresses,
  startStack,
} from '../../../deploy/local/index.js';

export interface Platform {
  urls: { mcp: string; api: string; docs: string };
  adminKey: string;
  startedHere: boolean;
  seconds: number;
  /** Where workers run, with the reason when it is not a container; undefined when another process decided it. */
  workers: { kind: 'docker' | 'process'; why?: string } | undefined;
  logs: string;
  /** Stops what was started here; safe to call twice. */
  stop(): Promise<void>;
}

export interface PlatformOptions {
  home?: string;
  port?: number;
  say: (message: string) => void;
}

const PATIENCE_MS = 120_000;

export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const since = performance.now();
  const seconds = () => (performance.now() - since) / 1_000;
  try {
    const { urls, adminKey, workerHost, home, stop } = await startStack(options);
    return {
      urls: publicUrls(urls),
      adminKey,
      startedHere: true,
      seconds: seconds(),
      workers: workerHost,
      logs: home.logs,
      stop,
    };
  } catch (error) {
    if (!(error instanceof AlreadyRunningError)) throw error;
    return { ...(await join(options)), seconds: seconds() };
  }
}

/** Those that hold no passwords. */
function publicUrls({ mcp, api, docs }: StackAddresses): Platform['urls'] {
  return { mcp, api, docs };
}

/** The stack of another process, once it is ready. */
async function join({ home: path }: PlatformOptions): Promise<Omit<Platform, 'seconds'>> {
  const home = openHome(path);
  const urls = publicUrls(await addressesOf(home.path));
  const { adminKey } = JSON.parse(readFileSync(home.secretsFile, 'utf8')) as { adminKey: string };
  return { urls, adminKey, startedHere: false, workers: undefined, logs: home.logs, stop: async () => undefined };
}

async function addressesOf(home: string): Promise<StackAddresses> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const state = readStackState(home);
    if (state?.phase === 'ready' && state.addresses) return state.addresses;
    await pause(100);
  }
  throw new Error(
    'Another process is starting Tasksmith here and has not finished. Look at it, or end it and try again.',
  );
}
