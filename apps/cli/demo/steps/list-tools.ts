import { type Stage } from '../stage.js';
import { type Summary } from '../summary.js';

export async function listTools({ agent, screen }: Stage): Promise<Summary['tools']> {
  screen.step('An agent connects over MCP and looks at its tools');
  const names = await agent.toolNames();
  for (const line of wrapped(names, 100)) screen.say(line.trimEnd());
  screen.done(`${names.length} tools`);
  return { count: names.length, names };
}

function wrapped(words: readonly string[], width: number): string[] {
  const lines = [''];
  for (const word of words) {
    const longer = `${lines.at(-1)}${word}  `;
    if (longer.length > width) lines.push(`${word}  `);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
