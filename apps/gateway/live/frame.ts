/** An event as a server-sent event. Made once, however many subscribers get it. */
import { type LiveEvent } from './live-feed.js';

const frames = new WeakMap<LiveEvent, string>();

export function frameOf(event: LiveEvent): string {
  const known = frames.get(event);
  if (known !== undefined) return known;
  const { view } = event;
  const data = JSON.stringify({ ...view, at: new Date(view.at).toISOString() });
  const frame = `id: ${view.cursor}\nevent: ${view.type}\ndata: ${data}\n\n`;
  frames.set(event, frame);
  return frame;
}
