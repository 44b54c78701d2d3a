/**
 * Runs code whose cost an agent's schema decides, within a deadline. V8 interrupts it, even inside one regular expression.
 */
import { createContext, Script } from 'node:vm';

const DEADLINE_MS = 100;
const box: { run?: () => unknown } = {};
const context = createContext(box);
const script = new Script('run()');

export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** @throws TookTooLong after 100 ms. `run` must be synchronous. */
export function bounded<T>(run: () => T): T {
  box.run = run;
  try {
    return script.runInContext(context, { timeout: DEADLINE_MS }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new TookTooLong();
    throw error;
  } finally {
    delete box.run;
  }
}
