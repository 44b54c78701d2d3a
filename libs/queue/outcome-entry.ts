/** One entry of an outcome stream, parsed: everything in it was written by workers, so nothing in it is believed unread. */
import { type Lane, Moment, type RunId } from '#contracts';
import { z } from 'zod';
import { EndingMessage, PassingMessage } from './messages.js';

/** One attempt that an entry speaks of. */
export interface AttemptRef {
  runId: RunId;
  attempt: number;
  jobId: string;
}

/** An entry that cannot be read. If it ended leases, nobody runs its jobs any more and no other outcome will come. */
export interface MalformedMessage {
  kind: 'malformed';
  reason: string;
}

interface EntryFacts {
  lane: Lane;
  /** Shared by all that came in one entry of the stream. */
  entryId: string;
  jobs: AttemptRef[];
  worker: string;
  /** When Redis wrote it. */
  at: number;
  /** The worker no longer held the job when it settled it. */
  late: boolean;
}

/** What an entry says of some jobs, and whether it ended the lease of its jobs: `started` and reports do not, outcomes and `lost` do. */
export type OutcomeEntry =
  | (EntryFacts & { endsLease: true; message: EndingMessage | MalformedMessage })
  | (EntryFacts & { endsLease: false; message: PassingMessage | MalformedMessage });

const JOB_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,8})$/;

/**
 * One for each job that the entry speaks of on its own, and one for the jobs that share a message. Never throws, and never gives nothing: an entry that
 * cannot be read comes back as `malformed`, so that it can be acknowledged.
 */
export function parseEntry(lane: Lane, entryId: string, flatFields: readonly string[]): OutcomeEntry[] {
  const { shared, own } = fieldsOf(flatFields);
  const facts = {
    lane,
    entryId,
    worker: shared.worker ?? '',
    at: momentOf(shared.at, entryId),
    late: shared.late === '1',
    endsLease: shared.ends === '1',
  };
  const entries = own.map(([job, text]) => entryOf(facts, [job], text));
  if (own.length > 0 && shared.jobs === undefined) return entries;
  const named = (shared.jobs ?? '').split(',');
  const jobs = named.flatMap(parseJobId);
  const text = jobs.length < named.length ? undefined : (shared.message ?? '');
  return [...entries, entryOf(facts, jobs, text)];
}

/**
 * Member by member: on the way of every run, and spreads take ten times as long.
 * @param text undefined when it is not clear what it speaks of.
 */
function entryOf(
  facts: Omit<EntryFacts, 'jobs'> & { endsLease: boolean },
  jobs: AttemptRef[],
  text?: string,
): OutcomeEntry {
  const { lane, entryId, worker, at, late, endsLease } = facts;
  const nameless = text === undefined ? malformed('it names something that is no job id') : undefined;
  return endsLease
    ? { lane, entryId, jobs, worker, at, late, endsLease, message: nameless ?? parseMessage(EndingMessage, text!) }
    : { lane, entryId, jobs, worker, at, late, endsLease, message: nameless ?? parseMessage(PassingMessage, text!) };
}

type Shared = Partial<Record<'jobs' | 'worker' | 'at' | 'late' | 'ends' | 'message', string>>;

/** `own`: fields that are named by a job. Of others the first of a name counts: behind it may stand what a worker passed off as a job. */
function fieldsOf(flat: readonly string[]): { shared: Shared; own: [AttemptRef, string][] } {
  const shared: Record<string, string> = {};
  const own: [AttemptRef, string][] = [];
  for (let n = 0; n + 1 < flat.length; n += 2) {
    const [name, value] = [flat[n] ?? '', flat[n + 1] ?? ''];
    const [job] = parseJobId(name);
    if (job) own.push([job, value]);
    else if (!Object.hasOwn(shared, name)) shared[name] = value;
  }
  return { shared, own };
}

function parseJobId(jobId: string): AttemptRef[] {
  const [, runId, attempt] = JOB_ID.exec(jobId) ?? [];
  return runId === undefined ? [] : [{ runId: runId as RunId, attempt: Number(attempt), jobId }];
}

function parseMessage<T>(schema: z.ZodType<T>, text: string): T | MalformedMessage {
  try {
    const message = schema.safeParse(JSON.parse(text));
    return message.success ? message.data : malformed(z.prettifyError(message.error));
  } catch {
    return malformed('its message is no JSON');
  }
}

function malformed(reason: string): MalformedMessage {
  return { kind: 'malformed', reason };
}

/** The id of an entry begins with the moment it was added. */
function momentOf(at: string | undefined, entryId: string): number {
  const moment = Moment.safeParse(Number(at));
  return moment.success ? moment.data : Number.parseInt(entryId, 10);
}
