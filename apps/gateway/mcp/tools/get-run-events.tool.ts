/** Everything that happened to a run. */
import { z } from 'zod';
import { type EventView, GetRunEvents, isRefused } from '#contracts';
import { taskId } from '../catalogue/arguments.js';
import { answer, defineTool, reads } from '../catalogue/index.js';
import { iso } from './iso.js';

export const getRunEventsTool = defineTool({
  name: 'get_run_events',
  title: 'History of a run',
  description: 'Every event of a run in order: attempts, errors, progress, log lines.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({ task_id: taskId }),
  output: z.object({ success: z.boolean(), task_id: z.string(), events: z.array(z.unknown()), message: z.string() }),
  run: async ({ task_id: runId }, { parts }) => {
    const found = await parts.requester.request(GetRunEvents, { runId });
    if (isRefused(found)) return found;
    const events = found.events.map(shownEvent);
    const whole = `The whole is in the resource tasksmith://runs/${runId}/events.`;
    return answer({ task_id: runId, events, message: `${events.length} events.` }, { whole });
  },
});

export function shownEvent({ version, type, at, actor, data }: EventView) {
  return { version, type, at: iso(at), actor, data };
}
