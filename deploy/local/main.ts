// `npm start`: starts the local stack, says where it is, and stays with it until Ctrl-C.
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { AlreadyRunningError } from './state.js';
import { type Stack, startStack } from './stack.js';

const { values } = parseArgs({
  options: {
    echo: { type: 'boolean' },
    home: { type: 'string' },
    port: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const impatientExit = 130;

if (values.help) {
  console.log(
    'npm start -- [--echo] [--home <folder>] [--port <number>]\n\n--echo shows the log lines of all processes here.',
  );
} else {
  await run();
}

async function run(): Promise<void> {
  const ending = whenAskedToEnd();
  const say = (message: string) => console.log(pc.dim(message));
  try {
    console.log('Starting Tasksmith ...');
    const stack = await startStack({
      say,
      echo: values.echo ?? false,
      ...(values.home && { home: values.home }),
      ...(values.port && { port: Number(values.port) }),
    });
    console.log(describe(stack));
    await ending;
    console.log('\nStopping (again Ctrl-C does not wait) ...');
    await stack.stop();
    console.log('Stopped.');
  } catch (error) {
    process.exitCode = report(error);
  }
  // The handlers of signals would keep this process alive.
  process.exit();
}

/** Resolves on the first request to end; the second one leaves at once, and the next start cleans up. */
function whenAskedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    let requests = 0;
    const onSignal = () => (++requests === 1 ? resolve() : process.exit(impatientExit));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

function describe({ urls, adminKey, isFirstStart, workerHost, home }: Stack): string {
  const workers = workerHost.kind === 'docker' ? 'containers (docker)' : `processes (${workerHost.why})`;
  const key = isFirstStart
    ? `${pc.bold(adminKey)}  ${pc.dim('shown only this once')}`
    : pc.dim(`in ${home.secretsFile}`);
  const rows = [
    ['MCP', pc.cyan(urls.mcp)],
    ['REST', pc.cyan(urls.api)],
    ['REST, described', pc.cyan(urls.docs)],
    ['Admin key', key],
    ...(isFirstStart ? [['', pc.dim(`kept in ${home.secretsFile}`)]] : []),
    ['Workers run as', workers],
    ['Logs', home.logs],
  ];
  const lines = rows.map(([name = '', value]) => `  ${name.padEnd(16)}${value}`);
  return `\n${pc.green('Tasksmith is running.')}\n\n${lines.join('\n')}\n\n  Ctrl-C stops everything.\n`;
}

/** Finding it running is not an error: whoever asked for it has it. */
function report(error: unknown): number {
  if (error instanceof AlreadyRunningError) {
    console.log(error.message);
    return 0;
  }
  console.error(pc.red(error instanceof Error ? error.message : String(error)));
  return 1;
}
