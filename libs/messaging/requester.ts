/** Sends typed requests and waits for the answer, within a deadline. */
import { ErrorCode, NatsError, type NatsConnection } from 'nats';
import { setTimeout as delay } from 'node:timers/promises';
import { type InputOf, type OutputOf, Refused, refuse, type Request } from '#contracts';
import { decode, encode, type Envelope } from './envelope.js';
import { subjects } from './subjects.js';

const DEFAULT_DEADLINE_MS = 8_000;
const RETRY_DELAY_MS = 100;

export interface Requester {
  /**
   * Answers with the output or a refusal; `service.unavailable` when nobody answered in time. Requests may be sent twice: every request names its
   * ids itself, so that the second sending finds what the first one did.
   * @throws RequestFailed when the service met a bug.
   */
  request<R extends Request>(
    request: R,
    input: InputOf<R>,
    options?: { deadlineMs?: number },
  ): Promise<OutputOf<R> | Refused>;
}

export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
}

export class NatsRequester implements Requester {
  constructor(
    private readonly connection: NatsConnection,
    private readonly namespace: string,
  ) {}

  async request<R extends Request>(
    request: R,
    input: InputOf<R>,
    { deadlineMs = DEFAULT_DEADLINE_MS } = {},
  ): Promise<OutputOf<R> | Refused> {
    const subject = subjects.request(this.namespace, request.pattern);
    const data = encode(input);
    const endsAt = performance.now() + deadlineMs;
    for (;;) {
      const envelope = await this.ask(subject, data, Math.max(1, endsAt - performance.now()));
      if (envelope !== 'nobody') return resultOf(request, envelope);
      if (performance.now() + RETRY_DELAY_MS > endsAt) return unavailable(request, 'did not answer in time');
      await delay(RETRY_DELAY_MS);
    }
  }

  /** `nobody`: no instance of the service listens at this moment, or the connection broke while asking. */
  private async ask(subject: string, data: Uint8Array, timeout: number): Promise<Envelope | 'nobody'> {
    try {
      const message = await this.connection.request(subject, data, { timeout });
      return decode(message.data) as Envelope;
    } catch (error) {
      if (error instanceof NatsError && passing.has(error.code)) return 'nobody';
      throw error;
    }
  }
}

const passing = new Set<string>([
  ErrorCode.NoResponders,
  ErrorCode.Timeout,
  ErrorCode.Disconnect,
  ErrorCode.ConnectionClosed,
  '503',
]);

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
