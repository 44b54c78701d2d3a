/** Lets a controller go on only with an answer: `ofRefused(x) ?? ...`. */
import { isRefused, type Refused } from '#contracts';

export function ofRefused(value: unknown): Refused | undefined {
  return isRefused(value) ? value : undefined;
}
