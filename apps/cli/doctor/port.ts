/** The port that the gateway wants. */
import { createServer } from 'node:net';
import { readStackState } from '../../../deploy/local/state.js';
import { type Check, note, ok } from './check.js';

const DEFAULT_PORT = 7070;

export const port: Check = {
  name: 'Port',
  async look({ env, home }) {
    const wanted = Number(env['PORT'] ?? DEFAULT_PORT);
    const ours = readStackState(home)?.addresses;
    if (ours) return ok(`the local stack has ${new URL(ours.api).port}`);
    if (await isFree(wanted)) return ok(`${wanted} is free`);
    return note(
      `${wanted} is in use by another program`,
      'The next free one is taken, or choose one: tasksmith up --port 8080.',
    );
  },
};

function isFree(wanted: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port: wanted, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
