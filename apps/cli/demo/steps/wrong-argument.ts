import { ToolError } from '../agent.js';
import { type Stage } from '../stage.js';
import { type Summary } from '../summary.js';
import { TASK } from '../word-stats.js';

export async function callWrongly({ agent, screen }: Stage): Promise<Summary['wrongArgument']> {
  screen.step(`A mistake gets a clear answer: ${TASK}(text="Hello", top="many")`);
  try {
    await agent.call('trigger_task', { task_name: TASK, kwargs: { text: 'Hello', top: 'many' } });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const { code, message, hint } = error;
    screen.row('code', screen.colours.yellow(code));
    screen.row('message', message);
    if (hint) screen.row('hint', hint);
    return { code, message, hint };
  }
  throw new Error(`${TASK} was called with top="many" and nobody minded`);
}
