import { type Stage } from '../stage.js';
import { type Summary } from '../summary.js';

interface Event {
  version: number;
  type: string;
  at: string;
}

export async function showHistory({ agent, screen }: Stage, runId: string): Promise<Summary['history']> {
  screen.step('Everything that ever happened is in the log: the history of one run');
  const { events } = await agent.call<{ events: Event[] }>('get_run_events', { task_id: runId });
  for (const { version, type, at } of events) screen.say(`${screen.colours.dim(`${version}  ${at}`)}  ${type}`);
  screen.done(`run ${runId}`);
  return { runId, events: events.map(({ version, type }) => ({ version, type })) };
}
