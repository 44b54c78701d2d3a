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
  entryId: string;
  jobs: AttemptRef[];
  worker: string;
  /** When Redis wrote it. */
  at: number;
  /** The worker no longer held the job when it settled it. */
  late: boolean;
}

/** What an entry says, and whether it ended the lease of its jobs: `started` and reports do not, outcomes and `lost` do. */
export type OutcomeEntry =
  | (EntryFacts & { endsLease: true; message: EndingMessage | MalformedMessage })
  | (EntryFacts & { endsLease: false; message: PassingMessage | MalformedMessage });

const JOB_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,8})$/;

/** Never throws: an entry that cannot be read comes back as `malformed`, so that it can be acknowledged. */
export function parseEntry(lane: Lane, entryId: string, flatFields: readonly string[]): OutcomeEntry {
  const fields = fieldsOf(flatFields);
  const named = (fields.jobs ?? '').split(',');
  const jobs = named.flatMap(parseJobId);
  const unreadable = jobs.length < named.length ? malformed('it names something that is no job id') : undefined;
  const text = fields.message ?? '';
  const worker = fields.worker ?? '';
  const at = momentOf(fields.at, entryId);
  const late = fields.late === '1';
  if (fields.ends === '1') {
    const message = unreadable ?? parseMessage(EndingMessage, text);
    return { lane, entryId, jobs, worker, at, late, endsLease: true, message };
  }
  const message = unreadable ?? parseMessage(PassingMessage, text);
  return { lane, entryId, jobs, worker, at, late, endsLease: false, message };
}

type Fields = Partial<Record<'jobs' | 'worker' | 'at' | 'late' | 'ends' | 'message', string>>;

function fieldsOf(flat: readonly string[]): Fields {
  const fields: Record<string, string> = {};
  for (let n = 0; n + 1 < flat.length; n += 2) fields[flat[n] ?? ''] = flat[n + 1] ?? '';
  return fields;
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
