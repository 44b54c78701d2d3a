/** Progress notifications of one call. The protocol wants the number to grow with each of them, whatever is known. */
import { shortText } from '../text/hygiene.js';

export interface ProgressNotification {
  progress: number;
  total: number;
  message: string;
}

/** Less than any true step. */
const LITTLE = 0.000_1;

export function growingProgress(send: (notification: ProgressNotification) => void) {
  let last = -LITTLE;
  return (fraction: number | null, message: string): void => {
    last = Math.max(Math.min(fraction ?? 0, 1), last + LITTLE);
    send({ progress: last, total: 1, message: shortText(message, 500) });
  };
}
