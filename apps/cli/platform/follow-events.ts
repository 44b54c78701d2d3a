/** Follows the log live over server-sent events, and goes on from the last cursor when the line breaks. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Schemas } from '#client';
import { type Settings } from '../context/settings.js';
import { CliError, errorOfProblem } from '../failures.js';
import { problemFrom, unreachable } from './answer.js';
import { eventsOf } from './sse.js';

export type PlatformEvent = Schemas['EventView'];

export interface Following {
  stream?: string | undefined;
  category?: string | undefined;
  type?: string | undefined;
  /** The cursor to go on from; `0.0` is the beginning, nothing is now. */
  after?: string | undefined;
  signal: AbortSignal;
  /** The line broke and is being opened again. */
  onBreak?: (why: string) => void;
}

export const BEGINNING = '0.0';
const RETRY_MS = 1_000;
/** The gateway sends a heartbeat every 15 s. */
const SILENCE_MS = 60_000;

/** Ends when the signal aborts. @throws CliError when the gateway refuses, or cannot be reached at the first try. */
export async function* followEvents(settings: Settings, following: Following): AsyncGenerator<PlatformEvent> {
  const { signal, onBreak } = following;
  const place: Place = { after: following.after };
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      yield* listen(settings, following, place);
      onBreak?.('the gateway ended the stream');
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof CliError && (isFirst || error.exit !== 'unavailable')) throw error;
      onBreak?.(error instanceof Error ? error.message : String(error));
    }
    await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** How far the log was read. */
interface Place {
  after: string | undefined;
}

async function* listen(settings: Settings, following: Following, place: Place): AsyncGenerator<PlatformEvent> {
  for await (const { id, data } of eventsOf(await open(settings, { ...following, after: place.after }))) {
    if (id) place.after = id;
    if (data) yield JSON.parse(data) as PlatformEvent;
  }
}

async function open({ url, apiKey }: Settings, { stream, category, type, after, signal }: Following) {
  const address = new URL('/api/v1/events/stream', url);
  for (const [name, value] of Object.entries({ stream, category, type, after }))
    if (value !== undefined) address.searchParams.set(name, value);
  const headers = { authorization: `Bearer ${apiKey}`, accept: 'text/event-stream' };
  const response = await fetch(address, { headers, signal }).catch((cause: unknown) => {
    throw signal.aborted ? cause : unreachable(cause);
  });
  if (!response.ok) throw errorOfProblem(problemFrom(await response.json().catch(() => undefined), response));
  return withinSilence(response.body as unknown as AsyncIterable<Uint8Array>);
}

/** A line that is dead without saying so would be waited on for ever. Whoever stops reading closes the line. */
async function* withinSilence(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (let next = await heard(iterator); !next.done; next = await heard(iterator)) yield next.value;
  } finally {
    await iterator.return?.().catch(() => undefined);
  }
}

async function heard(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  const silence = new AbortController();
  const over = pause(SILENCE_MS, undefined, { signal: silence.signal, ref: false }).then(() => {
    throw new Error(`nothing was heard for ${SILENCE_MS / 1_000} s`);
  });
  over.catch(() => undefined); // also rejected when it is not waited for any more
  return Promise.race([iterator.next(), over]).finally(() => silence.abort());
}
