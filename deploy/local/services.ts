// The five services as five child processes, each with its log file and its health port.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { firstAnswer } from './first-answer.js';
import { type Home } from './home.js';
import { portFor } from './ports.js';
import { repositoryRoot } from './repository-root.js';
import { SupervisedProcess } from './supervised-process.js';

export const serviceNames = ['gateway', 'registry', 'deployer', 'dispatcher', 'scheduler'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface ServicesOptions {
  home: Home;
  /** What all five get; each also gets its HEALTH_PORT. */
  env: NodeJS.ProcessEnv;
  echo?: boolean;
  onPid: (name: string, pid: number | undefined) => void;
  say: (message: string) => void;
}

/**
 * Room for objects that mostly die young, which node otherwise lets grow to 16 MB and more in each process: enough where runs pass through, little elsewhere.
 * No source maps: they cost a start a tenth more. With NODE_OPTIONS=--enable-source-maps traces name the lines that were written.
 */
const youngMegabytes: Record<ServiceName, number> = {
  gateway: 16,
  registry: 16,
  deployer: 1,
  dispatcher: 32,
  scheduler: 1,
};

const stopTimeoutMs = 10_000;
const readyTimeoutMs = 60_000;
const readyPath = '/health/ready';

export class Services {
  private constructor(
    readonly processes: Record<ServiceName, SupervisedProcess>,
    readonly healthUrls: Record<ServiceName, string>,
  ) {}

  /** Prepares all five; none runs yet. */
  static async prepare(options: ServicesOptions): Promise<Services> {
    const ports = Object.fromEntries(
      await inTurn(serviceNames, async (name) => [name, await portFor(name, options.home)] as const),
    );
    const each = <T>(make: (name: ServiceName, port: number) => T) =>
      Object.fromEntries(serviceNames.map((name) => [name, make(name, ports[name] as number)])) as Record<
        ServiceName,
        T
      >;
    return new Services(
      each((name, port) => processOf(name, port, options)),
      each((_name, port) => `http://127.0.0.1:${port}/health`),
    );
  }

  /** Starts all that do not run and waits until each says it is ready; stops them again when one does not. */
  async start(): Promise<void> {
    const results = await Promise.allSettled(this.all().map((process) => process.start()));
    const failure = results.find((result) => result.status === 'rejected');
    if (!failure) return;
    await this.stop();
    throw failure.reason;
  }

  async untilReady(): Promise<void> {
    await Promise.all(this.all().map((process) => process.untilReady()));
  }

  /** The door first, so that nothing new comes in while the others finish what they have. Safe to call twice. */
  async stop(): Promise<void> {
    const { gateway, ...others } = this.processes;
    await gateway.stop();
    await Promise.all(Object.values(others).map((process) => process.stop()));
  }

  private all(): SupervisedProcess[] {
    return Object.values(this.processes);
  }
}

function processOf(name: ServiceName, healthPort: number, options: ServicesOptions): SupervisedProcess {
  const script = join(repositoryRoot, 'dist/apps', name, 'main.js');
  if (!existsSync(script)) throw new Error(`${script} is absent: run "npm run build" first`);
  return new SupervisedProcess({
    name,
    command: process.execPath,
    args: [`--max-semi-space-size=${youngMegabytes[name]}`, script],
    env: { ...options.env, HEALTH_PORT: String(healthPort) },
    cwd: repositoryRoot,
    logFile: join(options.home.logs, `${name}.log`),
    echo: options.echo ?? false,
    isReady: () => saysReady(healthPort),
    readyTimeoutMs,
    stopTimeoutMs,
    onPid: (pid) => options.onPid(name, pid),
    onRestart: (why, delayMs) => options.say(`${name}: ${why}; starting it again in ${delayMs / 1000} s`),
  });
}

/** By hand: with `fetch`, this process took 0.4 s more of the processor, 0.96 instead of 0.57, while the services needed it to start. */
async function saysReady(port: number): Promise<boolean> {
  const question = `GET ${readyPath} HTTP/1.0\r\n\r\n`;
  const answer = await firstAnswer(port, question, (text) => text.includes('\r\n'), 2_000);
  return answer.startsWith('HTTP/1.1 200 ');
}

/** One after the other: each port is chosen knowing the ones before it. */
async function inTurn<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await act(item));
  return results;
}
