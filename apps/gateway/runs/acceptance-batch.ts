/** Sends runs that were asked for in the same turn of the event loop in one request, so that many callers make few messages. */
import {
  AcceptRuns,
  type InputOf,
  isRefused,
  type OutputOf,
  refuse,
  Refused,
  type RunCall,
  type RunId,
  type RunTarget,
} from '#contracts';
import { type Requester } from '#messaging';

export interface Acceptance {
  /** One object for all runs that share it, so that it travels once. */
  readonly target: RunTarget;
  /** What is left out or undefined has a default. */
  readonly run: { readonly [Member in keyof RunCall]?: RunCall[Member] | undefined } & Pick<
    RunCall,
    'runId' | 'arguments'
  >;
}

export type Accepted = Extract<OutputOf<typeof AcceptRuns>['answers'][number], { repeated: boolean }>;

interface Pending {
  readonly actor: string;
  readonly acceptance: Acceptance;
  readonly bytes: number;
  /** What was asked for together with it, and its place there. */
  readonly asked: Asked;
  readonly place: number;
}

const MAX_RUNS = 500;
/** Longer than so many runs can take on a slow platform: who gives up does not know whether they were accepted. */
const ANSWER_MS = 20_000;
/**
 * How often a request is sent meanwhile, while no answer comes. A dispatcher says within six seconds whether it could write: one that has not most
 * likely died with the request, and another, or its next process, takes it.
 */
const SENDINGS = 3;
/** Runs on their way to the log at once, and their bytes: what comes above that is refused at the door, so that memory and waiting have a bound. */
const MOST_ON_THE_WAY = 5_000;
const MOST_BYTES_ON_THE_WAY = 100_000_000;
/** Under the 8 MB that a message may have; a run that is larger alone is refused. */
const MAX_BYTES = 6_000_000;
/** Name, ids and policies of a run, generously. */
const BYTES_BESIDE_ARGUMENTS = 1_500;

export class AcceptanceBatch {
  private pending: Pending[] = [];
  /** Sent alone, and not answered yet. */
  private readonly lone = new Map<RunId, Pending>();
  private onTheWay = 0;
  private bytesOnTheWay = 0;

  constructor(private readonly requester: Requester) {}

  /** Answers in order, once all are in the log or refused. Rejects as soon as one cannot be told about. */
  accept(actor: string, acceptances: readonly Acceptance[]): Promise<(Accepted | Refused)[]> {
    const asked = new Asked(acceptances.length);
    acceptances.forEach((acceptance, place) => {
      const bytes = bytesOf(acceptance);
      if (isRefused(bytes)) return asked.answer(place, bytes);
      const refused = this.tooMany(bytes);
      if (refused) return asked.answer(place, refused);
      this.onTheWay += 1;
      this.bytesOnTheWay += bytes;
      if (this.pending.length === 0) setImmediate(() => this.flush());
      this.pending.push({ actor, acceptance, bytes, asked, place });
    });
    return asked.answers;
  }

  /** Word that the run has ended came before word that it was accepted, or instead of it. */
  ended(runId: RunId): void {
    const lone = this.lone.get(runId);
    lone?.asked.answer(lone.place, { runId, repeated: false });
  }

  /** Whether there is no room for one more run of so many bytes. */
  tooMany(bytes = 0): Refused | null {
    if (this.onTheWay < MOST_ON_THE_WAY && this.bytesOnTheWay + bytes <= MOST_BYTES_ON_THE_WAY) return null;
    return refuse('rate.limited', `The gateway has ${this.onTheWay} runs on their way to the log already.`, {
      hint: 'Try again in a second; nothing of this was accepted.',
    });
  }

  private flush(): void {
    const pending = this.pending;
    this.pending = [];
    for (const batch of inBatches(pending)) void this.send(batch);
  }

  private async send(batch: readonly Pending[]): Promise<void> {
    const first = batch[0]!;
    const { runId } = first.acceptance.run;
    if (batch.length === 1) this.lone.set(runId, first);
    try {
      const output = await this.requester.request(AcceptRuns, requestOf(batch), {
        answerMs: ANSWER_MS,
        times: SENDINGS,
      });
      batch.forEach(({ asked, place }, index) => asked.answer(place, answerOf(output, index)));
    } catch (error) {
      for (const { asked } of batch) asked.fail(error);
    } finally {
      this.lone.delete(runId);
      this.onTheWay -= batch.length;
      for (const { bytes } of batch) this.bytesOnTheWay -= bytes;
    }
  }
}

/** Runs that were asked for together, which are answered together: one promise for all of them. */
class Asked {
  readonly answers: Promise<(Accepted | Refused)[]>;
  private readonly known: (Accepted | Refused | undefined)[];
  private resolve!: (answers: (Accepted | Refused)[]) => void;
  private reject!: (error: unknown) => void;

  constructor(private left: number) {
    this.known = new Array<undefined>(left).fill(undefined);
    this.answers = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    if (left === 0) this.resolve([]);
  }

  /** The first answer counts. */
  answer(place: number, answer: Accepted | Refused): void {
    if (this.known[place]) return;
    this.known[place] = answer;
    this.left -= 1;
    if (this.left === 0) this.resolve(this.known as (Accepted | Refused)[]);
  }

  fail(error: unknown): void {
    this.reject(error);
  }
}

/** Refused when a message cannot hold it. */
function bytesOf({ target, run }: Acceptance): number | Refused {
  try {
    const bytes = Buffer.byteLength(JSON.stringify(run.arguments)) + BYTES_BESIDE_ARGUMENTS;
    return bytes > MAX_BYTES ? tooLarge(target) : bytes;
  } catch (error) {
    if (error instanceof RangeError) return tooDeep(target);
    throw error;
  }
}

function tooLarge({ task }: RunTarget): Refused {
  return refuse('payload.too-large', `The arguments of ${task} are larger than ${MAX_BYTES} bytes.`, {
    hint: 'Store large data elsewhere and pass a reference to it.',
  });
}

function tooDeep({ task }: RunTarget): Refused {
  return refuse('arguments.invalid', `The arguments of ${task} are nested too deeply to be sent.`, {
    hint: 'Pass deeply nested data as text, and parse it in the task.',
  });
}

function requestOf(batch: readonly Pending[]): InputOf<typeof AcceptRuns> {
  const places = new Map<RunTarget, number>();
  const runs = batch.map(({ acceptance: { target, run } }) => {
    const place = places.get(target) ?? places.size;
    places.set(target, place);
    return { ...run, target: place };
  });
  return { actor: batch[0]!.actor, targets: [...places.keys()], runs };
}

function answerOf(output: OutputOf<typeof AcceptRuns> | Refused, index: number): Accepted | Refused {
  if (isRefused(output)) return output;
  const answer = output.answers[index]!;
  return 'refusal' in answer ? new Refused(answer.refusal) : answer;
}

/** Each of one actor, and small enough to be one message; the order is kept within an actor. */
function inBatches(pending: readonly Pending[]): Pending[][] {
  const batches: Pending[][] = [];
  const open = new Map<string, { batch: Pending[]; bytes: number }>();
  for (const one of pending) {
    let current = open.get(one.actor);
    if (!current || current.batch.length === MAX_RUNS || current.bytes + one.bytes > MAX_BYTES) {
      current = { batch: [], bytes: 0 };
      open.set(one.actor, current);
      batches.push(current.batch);
    }
    current.batch.push(one);
    current.bytes += one.bytes;
  }
  return batches;
}
