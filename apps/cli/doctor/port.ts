/** The port that the gateway wants. */
import { isFree, portOf } from '../../../deploy/local/ports.js';
import { readStackState } from '../../../deploy/local/state.js';
import { bad, type Check, note, ok } from './check.js';

export const port: Check = {
  name: 'Port',
  async look({ env, home }) {
    const ours = readStackState(home)?.addresses;
    if (ours) return ok(`the local stack has ${new URL(ours.api).port}`);
    const wanted = wantedPort(env);
    if (typeof wanted === 'string') return bad(wanted, 'Or leave PORT out: 7070 is taken, or the next free one.');
    if (await isFree(wanted)) return ok(`${wanted} is free`);
    return note(
      `${wanted} is in use by another program`,
      'The next free one is taken, or choose one: tasksmith up --port 8080.',
    );
  },
};

function wantedPort(env: NodeJS.ProcessEnv): number | string {
  try {
    return portOf(env);
  } catch (error) {
    return (error as Error).message;
  }
}
