/** The port behind which workers run: in containers, or as processes of this host. One conformance suite holds for both. */
import {
  type DeploymentId,
  type QueueName,
  type RefusalCode,
  type Runtime,
  type StartedWorker,
  type TaskName,
  type WorkerView,
} from '#contracts';
import { type DescribedTask } from '../deployment/index.js';

/** What a host needs to know of a deployment. */
export interface HostedDeployment {
  readonly id: DeploymentId;
  readonly task: TaskName;
  readonly queue: QueueName;
  readonly runtime: Runtime;
  /** Relative to the bundle; empty when the manifest names a function for every task. */
  readonly entry: string;
  /** Its folder, with the bundle laid out in it. */
  readonly path: string;
  readonly replicas: number;
  files(): Promise<readonly { path: string; bytes: Buffer }[]>;
}

export interface Prepared {
  /** The image, or a word for the environment when the host has no images. */
  image: string;
  /** What the code says of itself. */
  tasks: DescribedTask[];
}

export interface PrepareOptions {
  log(line: string): void;
  signal: AbortSignal;
}

/** Settings of the worker protocol, the same for every replica. */
export type WorkerSettings = Readonly<Record<string, string>>;

/** Its task and queue are those of its deployment. */
export type HostedWorker = Omit<WorkerView, 'task' | 'queue'> & {
  /** 1, 2, ... */
  replica: number;
};

export interface WorkerHost {
  readonly kind: 'docker' | 'process';
  /** Builds the environment of the code, and asks the code for its tasks. Safe to repeat. @throws HostFailure */
  prepare(deployment: HostedDeployment, options: PrepareOptions): Promise<Prepared>;
  /** Makes every replica run with these settings: those that do already are left alone, all others are started. @throws HostFailure */
  start(deployment: HostedDeployment, settings: WorkerSettings): Promise<StartedWorker[]>;
  /** Every worker that there is, also of deployments that nobody knows any more. @throws HostFailure */
  list(): Promise<HostedWorker[]>;
  /** The last lines of each worker of the deployment. */
  logs(id: DeploymentId, tail: number): Promise<{ worker: string; lines: string[] }[]>;
  /** SIGTERM, and SIGKILL after ten seconds; resolves when the workers are gone. Without workers nothing happens. */
  stop(id: DeploymentId): Promise<void>;
  /** Stops the workers and removes all that was made for the deployment. Safe to repeat. */
  remove(id: DeploymentId): Promise<void>;
  /** Deployments of which there is anything here at all. */
  deployments(): Promise<DeploymentId[]>;
  /** Rejects with the reason when the host cannot be used now. */
  check(): Promise<void>;
  /** Lets go of everything; workers go on. Safe to call twice. */
  close(): Promise<void>;
}

/** What a host could not do, in words for the author of the bundle. */
export class HostFailure extends Error {
  override readonly name = 'HostFailure';

  constructor(
    readonly code: Extract<RefusalCode, 'build.failed' | 'start.failed' | 'engine.unreachable' | 'disk.full'>,
    message: string,
    /** The last lines of whatever failed. */
    readonly log: readonly string[] = [],
    options: ErrorOptions = {},
  ) {
    super(message, options);
  }
}

/** `{task}_{queue}_worker`, and from the second replica on with its number. */
export function workerName({ task, queue }: Pick<HostedDeployment, 'task' | 'queue'>, replica: number): string {
  return `${task}_${queue}_worker${replica > 1 ? `-${replica}` : ''}`;
}

export const STOP_AFTER_MS = 10_000;
export const DESCRIBE_WITHIN_MS = 60_000;
export const BUILD_WITHIN_MS = 600_000;

export function isDiskFull(error: unknown): boolean {
  const { code, message = '' } = (error ?? {}) as { code?: string; message?: string };
  return code === 'ENOSPC' || code === 'EDQUOT' || /no space left on device|ENOSPC/i.test(message);
}
