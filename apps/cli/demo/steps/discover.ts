import { type Stage } from '../stage.js';
import { type Summary } from '../summary.js';
import { TASK } from '../word-stats.js';

const QUERY = 'count the words of a text';

/** Another agent, another day: it knows what it wants, and not what it is called. */
export async function discover({ agent, screen }: Stage): Promise<Summary['found']> {
  screen.step(`Any agent can find it now: search_tasks "${QUERY}"`);
  const { tasks } = await agent.call<{ tasks: { name: string; description: string }[] }>('search_tasks', {
    query: QUERY,
  });
  for (const { name, description } of tasks.slice(0, 3)) screen.row(name, description);
  const names = tasks.map(({ name }) => name);
  if (!names.includes(TASK))
    throw new Error(`search_tasks "${QUERY}" does not find ${TASK}; it found: ${names.join(', ') || 'nothing'}`);
  await showSchema({ agent, screen });
  return { query: QUERY, names };
}

interface Details {
  parameters: { properties?: Record<string, { type?: string; default?: unknown }>; required?: string[] };
}

async function showSchema({ agent, screen }: Stage): Promise<void> {
  const { parameters } = await agent.call<Details>('get_task_details', { task_name: TASK });
  const members = Object.entries(parameters.properties ?? {}).map(([name, { type = 'any', default: given }]) => {
    const optional = parameters.required?.includes(name) ? '' : '?';
    return `${name}${optional}: ${type}${given === undefined ? '' : ` = ${JSON.stringify(given)}`}`;
  });
  screen.done(`its schema: ${TASK}(${members.join(', ')})`);
}
