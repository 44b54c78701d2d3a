import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { contextOf } from '../context/context.js';
import { CliError } from '../failures.js';
import {
  clients,
  type McpClient,
  type ServerEntry,
  type Snippet,
  snippetFor,
  withServer,
} from '../mcp-clients/snippets.js';
import { withExamples } from './examples.js';

interface InstallOptions {
  client: McpClient;
  write?: boolean;
  toolset?: string;
  tasks?: string;
}

const cli = fileURLToPath(new URL('../main.js', import.meta.url));

export function addMcpInstall(mcp: Command): void {
  const command = mcp
    .command('install')
    .description('print the configuration for an MCP client; --write puts it into its file')
    .addOption(new Option('--client <name>', 'which one').choices(clients).makeOptionMandatory())
    .option('--write', 'put it into the file, next to the servers that are there')
    .action((_options: unknown, self: Command) => {
      const { out, home, cwd, env } = contextOf(self);
      const { client, write, ...others } = self.optsWithGlobals<InstallOptions>();
      const snippet = snippetFor(client, entryOf(others, home, env), { cwd });
      if (write) return save(snippet, (text) => out.note(text));
      out.note(`Put this into ${snippet.file} (or let --write do it):`);
      out.data(withServer('', snippet).trimEnd());
    });
  withExamples(
    command,
    'mcp install --client claude-code --write',
    'mcp install --client vscode',
    'mcp --toolset mcs install --client claude-desktop',
  );
}

/** The key stays where it is, in the home of the local stack, unless the gateway is elsewhere. */
function entryOf(
  { toolset, tasks }: Omit<InstallOptions, 'client'>,
  home: string,
  env: NodeJS.ProcessEnv,
): ServerEntry {
  const { TASKSMITH_URL: url } = env;
  const flags = [...(toolset === 'mcs' ? ['--toolset', toolset] : []), ...(tasks ? ['--tasks', tasks] : [])];
  const settings: Record<string, string> = url
    ? { TASKSMITH_URL: url, TASKSMITH_API_KEY: env['TASKSMITH_API_KEY'] ?? 'tsk_...' }
    : { TASKSMITH_HOME: home };
  return { command: process.execPath, args: [cli, 'mcp', ...flags], env: settings };
}

function save(snippet: Snippet, note: (text: string) => void): void {
  const { file } = snippet;
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  let after: string;
  try {
    after = withServer(before, snippet);
  } catch (error) {
    throw new CliError(
      'error',
      `${file} is not plain JSON (${(error as Error).message}), so it is left as it is.`,
      'Add the server by hand: the same command without --write prints it.',
    );
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, after);
  note(`Written to ${file}. Start the client again to connect.`);
}
