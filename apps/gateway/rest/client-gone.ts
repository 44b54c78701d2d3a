/** Tells whoever waits for a client's sake that the client has gone, or was answered. */
import { type FastifyReply } from 'fastify';
import { type Gone } from '../runs/index.js';

/** No AbortSignal: making one, and its event, for each request would take longer than parsing the request. */
export function untilClosed({ raw }: Pick<FastifyReply, 'raw'>): Gone {
  return {
    get aborted() {
      return raw.destroyed;
    },
    addEventListener: (_, listener) => void raw.once('close', listener),
    removeEventListener: (_, listener) => void raw.off('close', listener),
  };
}
