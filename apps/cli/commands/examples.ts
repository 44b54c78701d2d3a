/** Examples at the end of a command's help. */
import { type Command } from 'commander';

export function withExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((example) => `  $ tasksmith ${example}`).join('\n')}`,
  );
}
