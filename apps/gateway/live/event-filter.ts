/** Which events a caller asks for. */
import { type Category, type EventView } from '#contracts';

export interface EventFilter {
  stream?: string | undefined;
  category?: Category | undefined;
  type?: string | undefined;
}

export function matches({ stream, category, type }: EventFilter, event: EventView): boolean {
  return (
    (stream === undefined || event.stream === stream) &&
    (category === undefined || event.category === category) &&
    (type === undefined || event.type === type)
  );
}
