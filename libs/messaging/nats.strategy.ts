/**
 * Nest transport on the `nats` client: each request pattern is a subject with a queue group, so any number of instances share the work.
 * Input is parsed by the request's schema; the answer is an envelope.
 */
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { type Msg, type NatsConnection, type Subscription } from 'nats';
import { lastValueFrom } from 'rxjs';
import { type Request } from '#contracts';
import { type Logger } from '#observability';
import { decode, encode, type Envelope } from './envelope.js';
import { subjects } from './subjects.js';

export interface NatsStrategyOptions {
  connection: NatsConnection;
  namespace: string;
  logger: Logger;
}

export class NatsStrategy extends Server implements CustomTransportStrategy {
  private readonly subscriptions: Subscription[] = [];
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly options: NatsStrategyOptions) {
    super();
  }

  listen(callback: () => void): void {
    for (const [pattern, handler] of this.messageHandlers) this.subscribe(pattern, handler);
    callback();
  }

  /** Takes no more requests, answers those under way, then lets go. */
  async close(): Promise<void> {
    await Promise.all(this.subscriptions.splice(0).map((subscription) => subscription.drain().catch(() => undefined)));
    await Promise.allSettled(this.underWay);
  }

  override on(): never {
    throw new Error('NatsStrategy has no events of its own; listen to the connection');
  }

  override unwrap<T>(): T {
    return this.options.connection as T;
  }

  private subscribe(pattern: string, handler: MessageHandler): void {
    const request = handler.extras?.['request'] as Request;
    const callback = (error: Error | null, message: Msg): void => {
      if (error) return this.options.logger.error({ err: error, pattern }, 'subscription failed');
      const answered = this.answer(request, handler, message).finally(() => this.underWay.delete(answered));
      this.underWay.add(answered);
    };
    const subject = subjects.request(this.options.namespace, pattern);
    this.subscriptions.push(this.options.connection.subscribe(subject, { queue: pattern, callback }));
  }

  private async answer(request: Request, handler: MessageHandler, message: Msg): Promise<void> {
    const envelope = await this.envelopeFor(request, handler, message.data);
    if ('failure' in envelope)
      this.options.logger.error({ request: request.pattern, failure: envelope.failure.message }, 'request failed');
    message.respond(encode(envelope));
  }

  private async envelopeFor(request: Request, handler: MessageHandler, data: Uint8Array): Promise<Envelope> {
    try {
      const input = request.input.safeParse(decode(data));
      if (!input.success) return invalidInput(request, input.error.issues);
      return (await lastValueFrom(this.transformToObservable(await handler(input.data)))) as Envelope;
    } catch (error) {
      return {
        failure: {
          kind: 'bug',
          message: error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error),
        },
      };
    }
  }
}

function invalidInput(request: Request, issues: readonly { path: PropertyKey[]; message: string }[]): Envelope {
  const first = issues[0];
  const field = first ? `/${first.path.map(String).join('/')}` : '/';
  return {
    refusal: {
      code: 'request.invalid',
      message: `${request.pattern}: ${field}: ${first?.message ?? 'not valid'}`,
      details: { field },
    },
  };
}
