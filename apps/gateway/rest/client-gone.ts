/** Tells whoever waits for a client's sake that the client has gone, or was answered. */
import { type FastifyReply } from 'fastify';
import { type Gone } from '../runs/index.js';

export function untilClosed({ raw }: Pick<FastifyReply, 'raw'>): Gone {
  return new Connection(raw);
}

/**
 * No AbortSignal: making one, and its event, for each request would take longer than parsing the request. No object with a getter of its own either:
 * V8 keeps such a getter, and by it the whole request, until it next collects all garbage.
 */
class Connection implements Gone {
  constructor(private readonly raw: FastifyReply['raw']) {}

  get aborted(): boolean {
    return this.raw.destroyed;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.raw.once('close', listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.raw.off('close', listener);
  }
}
