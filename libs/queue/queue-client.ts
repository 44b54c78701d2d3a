/** The platform's side of the lanes: push, cancel, sweep, count and acknowledge. */
import { randomUUID } from 'node:crypto';
import { type Lane, Moment, Priority, type RunId } from '#contracts';
import { z } from 'zod';
import { type FunctionCall, type QueueConnection } from './connection.js';
import { aheadKey, epochKey, laneKey, lanesKey, queuePrefix } from './keys.js';
import { jobIdOf, type JobPayload, WorkerInfo } from './messages.js';

/** The consumer group that reads every lane's outcomes. */
export const OUTCOME_GROUP = 'dispatcher';

/** A job to push; its id follows from the payload. */
export interface JobToPush {
  /** 0 to 9, 9 first. */
  priority: number;
  payload: JobPayload;
}

export interface LaneBatch {
  lane: Lane;
  jobs: readonly JobToPush[];
}

/** Entries of one lane whose consequences are committed, with the jobs whose attempt has ended by them. */
export interface Acknowledgement {
  entryIds: readonly string[];
  endedJobIds: readonly string[];
}

export type CancelAnswer = 'removed' | 'signalled' | 'unknown';

export interface Expired {
  lostJobIds: string[];
  /** Workers that were forgotten because no heartbeat came. */
  forgottenWorkers: string[];
}

export interface LaneDepth {
  /** Waiting jobs by priority: `waiting[9]` go first. */
  waiting: number[];
  running: number;
  /** Entries of the outcome stream that are not acknowledged yet. */
  reported: number;
  /** The id of the job that waits longest; null when none waits. */
  oldestJobId: string | null;
}

export interface LaneWorker {
  id: string;
  /** The last heartbeat. */
  at: number;
  info: WorkerInfo;
}

/** Jobs in one call: short enough that Redis serves others between two. */
const JOBS_PER_CALL = 500;
const IDS_PER_CALL = 1_000;

/** A worker without a heartbeat for so long is taken off the list. */
const SILENT_WORKER_MS = 60_000;

const howMany = z.number();
const idLists = z.array(z.array(z.string()));
const cancelAnswer = z.enum(['removed', 'signalled', 'unknown']);
const expired = z.tuple([z.array(z.string()), z.array(z.string())]);
const depth = z.tuple([z.array(z.number()), z.number(), z.number(), z.string()]);
const heartbeat = z.object({ at: Moment, info: WorkerInfo });

export class QueueClient {
  private readonly pushedTo = new Set<Lane>();
  private readonly newLaneListeners: ((lane: Lane) => void)[] = [];
  private epoch: string | undefined;

  constructor(
    private readonly connection: QueueConnection,
    private readonly namespace: string,
  ) {}

  /** Told, before the push, of each lane that this process pushes to for the first time: its outcomes will follow soon. */
  onNewLane(listener: (lane: Lane) => void): void {
    this.newLaneListeners.push(listener);
  }

  /** Pushing a job that Redis knows already changes nothing, so a push that failed half-way is simply repeated. Returns how many were new. */
  async enqueue(lane: Lane, jobs: readonly JobToPush[]): Promise<number> {
    return this.enqueueAll([{ lane, jobs }]);
  }

  /** The same for many lanes: a call for every 500 jobs of a lane, all at once. */
  async enqueueAll(batches: readonly LaneBatch[]): Promise<number> {
    const pushes = batches.flatMap(({ lane, jobs }) =>
      slices(jobs, JOBS_PER_CALL).map((slice) => this.push(lane, slice.flatMap(asArguments))),
    );
    return (await Promise.all(pushes)).reduce((sum, added) => sum + added, 0);
  }

  /** Pushes one job and leaves a note of its run, both or neither. The note stays until it is forgotten. */
  async enqueueWithNote(lane: Lane, job: JobToPush, note: string): Promise<void> {
    await this.push(lane, [job.payload.run, note, ...asArguments(job)], [aheadKey(this.namespace)]);
  }

  /** The notes of these runs, in order; null where there is none. */
  async notesOf(runIds: readonly RunId[]): Promise<(string | null)[]> {
    const key = aheadKey(this.namespace);
    return this.connection.attempt(`read ${key}`, () => this.connection.redis.hmget(key, ...runIds));
  }

  /** Every note that is left. */
  async notes(): Promise<string[]> {
    const key = aheadKey(this.namespace);
    return this.connection.attempt(`read ${key}`, () => this.connection.redis.hvals(key));
  }

  async forgetNotes(runIds: readonly RunId[]): Promise<void> {
    const key = aheadKey(this.namespace);
    await this.connection.attempt(`clear ${key}`, () => this.connection.redis.hdel(key, ...runIds));
  }

  /** `removed`: it waited and will not run. `signalled`: its worker learns it with the next heartbeat. `unknown`: neither. */
  async cancel(lane: Lane, jobId: string): Promise<CancelAnswer> {
    return cancelAnswer.parse(await this.connection.call(this.on(lane, 'ts_cancel', [jobId])));
  }

  /** The jobs that Redis does not know. */
  async missing(lane: Lane, jobIds: readonly string[]): Promise<string[]> {
    const answers = await Promise.all(
      slices(jobIds, IDS_PER_CALL).map((slice) => this.connection.call(this.on(lane, 'ts_missing', slice))),
    );
    return idLists.parse(answers).flat();
  }

  /** Ends all overdue leases of the lane; each lost job is told of in the outcome stream. */
  async expire(lane: Lane, { silentWorkerMs = SILENT_WORKER_MS } = {}): Promise<Expired> {
    const all: Expired = { lostJobIds: [], forgottenWorkers: [] };
    for (;;) {
      const answer = await this.connection.call(this.on(lane, 'ts_expire', [silentWorkerMs, IDS_PER_CALL]));
      const [lost, forgotten] = expired.parse(answer);
      all.lostJobIds.push(...lost);
      all.forgottenWorkers.push(...forgotten);
      if (lost.length < IDS_PER_CALL) return all;
    }
  }

  async depth(lane: Lane): Promise<LaneDepth> {
    const [waiting, running, reported, oldest] = depth.parse(await this.connection.call(this.on(lane, 'ts_depth', [])));
    return { waiting, running, reported, oldestJobId: oldest === '' ? null : oldest };
  }

  /** Workers that have said something within the last minute or so. What cannot be read is left out: a worker may write there as it likes. */
  async workers(lane: Lane): Promise<LaneWorker[]> {
    const key = laneKey(this.namespace, lane, 'workers');
    const all = await this.connection.attempt(`read ${key}`, () => this.connection.redis.hgetall(key));
    return Object.entries(all).flatMap(([id, text]) => {
      const said = heartbeat.safeParse(parsedOrNull(text));
      return said.success ? [{ id, ...said.data }] : [];
    });
  }

  /** The lanes that something was pushed to and that are not retired. */
  async lanes(): Promise<Lane[]> {
    const key = lanesKey(this.namespace);
    return (await this.connection.attempt(`read ${key}`, () => this.connection.redis.smembers(key))) as Lane[];
  }

  /** After the commit, never before: a crash between the two repeats the outcome, which is harmless; the other order loses it. */
  async acknowledge(lane: Lane, { entryIds, endedJobIds }: Acknowledgement): Promise<void> {
    const entries = slices(entryIds, IDS_PER_CALL);
    const ended = slices(endedJobIds, IDS_PER_CALL);
    const count = Math.max(entries.length, ended.length);
    // Entries go last: as long as one is left, whoever takes over after a crash will remove the jobs that it ended.
    const calls = Array.from({ length: count }, (_, n) => {
      const ids = entries[n - (count - entries.length)] ?? [];
      return [OUTCOME_GROUP, ids.length, ...ids, ...(ended[n] ?? [])];
    });
    await Promise.all(calls.map((args) => this.connection.call(this.on(lane, 'ts_acknowledge', args))));
  }

  /** Removes a lane that nobody uses any more. False: it still has jobs, outcomes or workers, and stays. */
  async retire(lane: Lane): Promise<boolean> {
    const gone = await this.connection.call(this.on(lane, 'ts_retire', [], [lanesKey(this.namespace)]));
    this.pushedTo.delete(lane);
    return gone === 1;
  }

  /**
   * Whether Redis may have forgotten jobs since this process last called markEpoch: it was wiped, or started anew from an
   * older copy. True until the first markEpoch. Then: markEpoch first, push what is missing after it, so that a second
   * wipe meanwhile is noticed too.
   */
  async wasWiped(): Promise<boolean> {
    const { mark, server } = await this.readEpoch();
    return mark === null || this.epoch !== `${mark} ${server}`;
  }

  async markEpoch(): Promise<void> {
    const key = epochKey(this.namespace);
    await this.connection.attempt(`set ${key}`, () => this.connection.redis.set(key, randomUUID(), 'NX'));
    const { mark, server } = await this.readEpoch();
    this.epoch = `${mark} ${server}`;
  }

  private async push(lane: Lane, args: FunctionCall['args'], noteKeys: readonly string[] = []): Promise<number> {
    this.announce(lane);
    const keys = [lanesKey(this.namespace), ...noteKeys];
    return howMany.parse(await this.connection.call(this.on(lane, 'ts_enqueue', args, keys)));
  }

  private announce(lane: Lane): void {
    if (this.pushedTo.has(lane)) return;
    this.pushedTo.add(lane);
    for (const listener of this.newLaneListeners) listener(lane);
  }

  /** The server's own run id beside the mark: a Redis that starts from an older copy brings the old mark with it. */
  private async readEpoch(): Promise<{ mark: string | null; server: string }> {
    const key = epochKey(this.namespace);
    const { redis } = this.connection;
    const [mark, info] = await this.connection.attempt(`read ${key}`, () =>
      Promise.all([redis.get(key), redis.info('server')]),
    );
    return { mark, server: /run_id:(\w+)/.exec(info)?.[1] ?? '' };
  }

  private on(
    lane: Lane,
    name: FunctionCall['name'],
    args: FunctionCall['args'],
    others: readonly string[] = [],
  ): FunctionCall {
    return { name, prefix: queuePrefix(this.namespace, lane), others, args };
  }
}

function asArguments({ priority, payload }: JobToPush): [string, number, string] {
  return [jobIdOf(payload), Priority.parse(priority), JSON.stringify(payload)];
}

function slices<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, n) => list.slice(n * size, (n + 1) * size));
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
