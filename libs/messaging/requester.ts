/** Sends typed requests and waits for the answer, within a deadline. */
import { type NatsConnection } from 'nats';
import { setTimeout as delay } from 'node:timers/promises';
import { type InputOf, type OutputOf, Refused, refuse, type Request } from '#contracts';
import { decode, encode, type Envelope } from './envelope.js';
import { ReplyInbox } from './reply-inbox.js';
import { subjects } from './subjects.js';

const DEFAULT_DEADLINE_MS = 8_000;
const RETRY_DELAY_MS = 100;

export interface RequestOptions {
  /** How long to look for somebody who answers. Default 8,000. */
  deadlineMs?: number;
  /** How long to wait for the answer of whoever has got the request; the deadline when left out. */
  answerMs?: number;
  /** How many times to send it within that, while no answer comes: whoever got it may have died. Default 1. */
  times?: number;
}

export interface Requester {
  /**
   * Answers with the output or a refusal; `service.unavailable` when nobody answered in time. Requests may be sent twice: every request names its
   * ids itself, so that the second sending finds what the first one did.
   * @throws RequestFailed when the service met a bug.
   */
  request<R extends Request>(request: R, input: InputOf<R>, options?: RequestOptions): Promise<OutputOf<R> | Refused>;
}

export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
}

export class NatsRequester implements Requester {
  private readonly inbox: ReplyInbox;

  constructor(
    connection: NatsConnection,
    private readonly namespace: string,
  ) {
    this.inbox = new ReplyInbox(connection);
  }

  async request<R extends Request>(
    request: R,
    input: InputOf<R>,
    { deadlineMs = DEFAULT_DEADLINE_MS, answerMs = deadlineMs, times = 1 }: RequestOptions = {},
  ): Promise<OutputOf<R> | Refused> {
    const subject = subjects.request(this.namespace, request.pattern);
    const data = encode(input);
    const startedAt = performance.now();
    const endsAt = startedAt + deadlineMs;
    for (;;) {
      const leftMs = Math.max(1, startedAt + answerMs - performance.now());
      const answer = await this.inbox.ask(subject, data, leftMs, times);
      if (answer) return resultOf(request, decode(answer) as Envelope);
      if (performance.now() + RETRY_DELAY_MS > endsAt) return unavailable(request, 'did not answer in time');
      await delay(RETRY_DELAY_MS);
    }
  }
}

function resultOf<R extends Request>(request: R, envelope: Envelope): OutputOf<R> | Refused {
  if ('ok' in envelope) return envelope.ok as OutputOf<R>;
  if ('refusal' in envelope) return new Refused(envelope.refusal);
  if (envelope.failure.kind === 'unavailable') return unavailable(request, envelope.failure.message.split('\n')[0]!);
  throw new RequestFailed(`${request.pattern}: ${envelope.failure.message}`);
}

function unavailable(request: Request, detail: string): Refused {
  return refuse('service.unavailable', `The ${request.service} cannot answer ${request.name} now: ${detail}`, {
    hint: 'Try again in a few seconds.',
    details: { service: request.service },
  });
}
