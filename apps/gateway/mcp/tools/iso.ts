/** A moment as agents read it. */
import { type Moment } from '#contracts';

export function iso(moment: Moment): string;
export function iso(moment: Moment | null): string | null;
export function iso(moment: Moment | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}
