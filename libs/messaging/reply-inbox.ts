/**
 * One inbox for the answers to all requests of this process. The client has the same, but makes an error object, with its stack, for every answered
 * request (nats 2.29, RequestOne.cancel), which costs more than the rest of the request.
 */
import { createInbox, ErrorCode, Events, type Msg, type NatsConnection, NatsError } from 'nats';

interface Asked {
  settle(answer: Uint8Array | null): void;
  /** Nobody listens now. */
  noteNobody(): void;
}

/** What the server answers when nobody listens to a subject. */
const NO_RESPONDERS = 503;

export class ReplyInbox {
  private readonly inbox = createInbox();
  private readonly asked = new Map<string, Asked>();
  private count = 0;

  constructor(private readonly connection: NatsConnection) {
    connection.subscribe(`${this.inbox}.*`, { callback: (error, message) => error ?? this.take(message) });
    void this.giveUpWhenBroken();
    void connection.closed().then(() => this.giveUp());
  }

  /**
   * Sends it so many times, at equal intervals, until an answer comes.
   * Null when nobody listened the first time, no answer came in time, or the connection broke meanwhile.
   * @throws NatsError, e.g. for data that is too large.
   */
  ask(subject: string, data: Uint8Array, withinMs: number, times = 1): Promise<Uint8Array | null> {
    return new Promise((resolve, reject) => {
      const token = (this.count++).toString(36);
      let left = times;
      const settle = (answer: Uint8Array | null): void => {
        clearInterval(timer);
        this.asked.delete(token);
        resolve(answer);
      };
      // Whoever got it before may have left its group and answer still.
      const noteNobody = (): void => (left === times - 1 ? settle(null) : undefined);
      const send = (): void => {
        if (left-- === 0) return settle(null);
        try {
          this.connection.publish(subject, data, { reply: `${this.inbox}.${token}` });
        } catch (error) {
          if (!isClosing(error)) reject(error as Error);
          settle(null);
        }
      };
      const timer = setInterval(send, withinMs / times);
      this.asked.set(token, { settle, noteNobody });
      send();
    });
  }

  private take(message: Msg): void {
    const asked = this.asked.get(message.subject.slice(this.inbox.length + 1));
    const isNobody = message.data.length === 0 && message.headers?.code === NO_RESPONDERS;
    if (isNobody) asked?.noteNobody();
    else asked?.settle(message.data);
  }

  private async giveUpWhenBroken(): Promise<void> {
    for await (const { type } of this.connection.status()) if (type === Events.Disconnect) this.giveUp();
  }

  private giveUp(): void {
    for (const { settle } of [...this.asked.values()]) settle(null);
  }
}

function isClosing(error: unknown): boolean {
  return error instanceof NatsError && closing.has(error.code);
}

const closing = new Set<string>([ErrorCode.ConnectionClosed, ErrorCode.ConnectionDraining, ErrorCode.Disconnect]);
