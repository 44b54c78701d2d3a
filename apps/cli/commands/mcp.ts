import { type Command, Option } from 'commander';
import { type Context, contextOf } from '../context/context.js';
import { installation } from '../context/repository.js';
import { withExamples } from './examples.js';
import { addMcpInstall } from './mcp-install.js';

interface McpOptions {
  toolset: 'native' | 'mcs';
  tasks?: string;
}

export function addMcp(program: Command): void {
  const command = program
    .command('mcp')
    .description('connect an agent over stdio: an MCP server that passes everything on to the gateway')
    .addOption(
      new Option('--toolset <name>', 'which names the tools have').choices(['native', 'mcs']).default('native'),
    )
    .option('--tasks <which>', 'tasks that become tools of their own: all, none, category:<name>, or names with commas')
    .action((options: McpOptions, self: Command) => serve(contextOf(self), options));
  withExamples(command, 'mcp', 'mcp --toolset mcs', 'mcp --tasks category:text', 'mcp install --client claude-code');
  addMcpInstall(command);
}

/** stdout belongs to the protocol: everything for people goes to stderr. */
async function serve(context: Context, { toolset, tasks }: McpOptions): Promise<void> {
  // Only this command needs the SDK, which takes long to load.
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
  const { StdioBridge } = await import('../bridge/stdio-bridge.js');
  const { url, apiKey } = context.settings;
  const log = (message: string) => void process.stderr.write(`tasksmith mcp: ${message}\n`);
  const bridge = new StdioBridge({
    mcpUrl: `${url}/mcp`,
    apiKey,
    toolset,
    ...(tasks !== undefined && { tasks }),
    cwd: context.cwd,
    version: installation.version,
    log,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void bridge.stop());
  // The agent that started us has gone.
  process.stdin.once('end', () => void bridge.stop());
  await bridge.serve(new StdioServerTransport());
  process.exit();
}
