/** Ctrl-C while something is awaited: the first ends the waiting, the second the process. */
import { exitCodes } from '../failures.js';

/** Aborts on SIGINT or SIGTERM. `release` gives the signals their usual meaning back. */
export function onInterrupt(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return { signal: controller.signal, release: () => signals.forEach((signal) => process.off(signal, onSignal)) };
}
