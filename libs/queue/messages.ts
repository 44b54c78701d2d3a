/** What the platform and the workers say to each other: docs/worker-protocol.md sections 3, 4 and 5. */
import { z } from 'zod';
import { type Json, LogLine, RunId } from '#contracts';

/** Whatever came out of JSON.parse. Checking a result of a mebibyte member by member would prove nothing more. */
const parsedJson = z.custom<Json>((value) => value !== undefined, 'missing');

/** A job: one attempt of one run, with all that a worker needs to run it. */
export const JobPayload = z.object({
  v: z.literal(1),
  run: RunId,
  attempt: z.number().int().min(1),
  task: z.string().min(1),
  arguments: z.record(z.string(), parsedJson),
  softLimitMs: z.number().int().positive(),
  hardLimitMs: z.number().int().positive(),
  /** W3C trace context. */
  traceparent: z.string().nullable(),
});
export type JobPayload = z.infer<typeof JobPayload>;

/** Text that is cut rather than refused: a run should not be lost because its error talks too much. */
const clipped = (length: number) => z.string().overwrite((text) => clip(text, length));

const durationMs = z.number().nonnegative();

const succeeded = z.object({ kind: z.literal('succeeded'), result: parsedJson, durationMs });
const failed = z.object({
  kind: z.literal('failed'),
  error: z.object({ type: clipped(200), message: clipped(2_000), traceback: clipped(8_000) }),
  retryable: z.boolean(),
  durationMs,
});
const timedOut = z.object({
  kind: z.literal('timed-out'),
  limit: z.enum(['soft', 'hard']),
  limitMs: z.number().nonnegative(),
  durationMs,
});
const cancelled = z.object({ kind: z.literal('cancelled'), durationMs });
const crashed = z.object({ kind: z.literal('crashed'), detail: clipped(2_000), durationMs });

/** How an attempt ended, as its worker tells it. */
export const Outcome = z.discriminatedUnion('kind', [succeeded, failed, timedOut, cancelled, crashed]);
export type Outcome = z.infer<typeof Outcome>;

const progressed = z.object({
  kind: z.literal('progressed'),
  fraction: z.number().min(0).max(1),
  message: clipped(2_000).nullable(),
});
const logged = z.object({ kind: z.literal('logged'), lines: z.array(LogLine.extend({ text: clipped(4_000) })) });

/** What a worker tells of a running job. */
export const Report = z.discriminatedUnion('kind', [progressed, logged]);
export type Report = z.infer<typeof Report>;

/** `started`: the jobs were claimed. `lost`: their leases ran out. Written by the functions, never by a worker. */
const started = z.object({ kind: z.literal('started') });
const lost = z.object({ kind: z.literal('lost') });

/** The messages of the outcome stream that end a lease, apart from those that leave it. */
export const EndingMessage = z.discriminatedUnion('kind', [succeeded, failed, timedOut, cancelled, crashed, lost]);
export type EndingMessage = z.infer<typeof EndingMessage>;
export const PassingMessage = z.discriminatedUnion('kind', [started, progressed, logged]);
export type PassingMessage = z.infer<typeof PassingMessage>;

/** What a worker says of itself with each heartbeat. */
export const WorkerInfo = z.object({
  runtime: z.string(),
  slots: z.number().int().nonnegative(),
  running: z.number().int().nonnegative(),
  startedAt: z.number(),
  version: z.string(),
});
export type WorkerInfo = z.infer<typeof WorkerInfo>;

/** The attempt is part of the name, so that a job's id is its own fencing token. */
export function jobIdOf({ run, attempt }: Pick<JobPayload, 'run' | 'attempt'>): string {
  return `${run}.${attempt}`;
}

/** Not through the middle of a surrogate pair: half of one cannot be stored. */
function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHighSurrogate ? length - 1 : length);
}
