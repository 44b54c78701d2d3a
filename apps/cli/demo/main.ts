/** `npm run demo`: starts the platform, plays an agent that makes itself a new ability, shows where everything is, and stays up. */
import { type DemoOptions, demoHelp, readDemoOptions } from './options.js';
import { rounded } from './figures.js';
import { openPlatform, type Platform } from './platform.js';
import { Screen } from './screen.js';
import { type Summary } from './summary.js';
import { tour, type Toured } from './tour.js';

const INTERRUPTED = 130;

process.exit(await main());

async function main(): Promise<number> {
  let options: DemoOptions | 'help';
  try {
    options = readDemoOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`error: ${messageOf(error)}\n\n${demoHelp}`);
    return 2;
  }
  if (options !== 'help') return run(options);
  console.log(demoHelp);
  return 0;
}

async function run(options: DemoOptions): Promise<number> {
  const screen = new Screen(options.json ? process.stderr : process.stdout);
  const asked = interruption();
  let platform: Platform | undefined;
  try {
    platform = await start(options, screen);
    const toured = await Promise.race([takeTour(platform, screen), asked]);
    if (toured === 'interrupted') return INTERRUPTED;
    if (options.json) console.log(JSON.stringify(toured, null, 2));
    showAddresses(platform, screen);
    if (!options.once && platform.startedHere) await stayUp(screen, asked);
    return 0;
  } catch (error) {
    screen.line(`\n${screen.colours.red('error:')} ${messageOf(error)}`);
    if (platform) screen.line(`hint: the logs of the services are in ${platform.logs}`);
    return 1;
  } finally {
    if (platform?.startedHere) screen.aside('\n    Stopping ...');
    await platform?.stop();
  }
}

async function start({ home, port }: DemoOptions, screen: Screen): Promise<Platform> {
  screen.step('Start the platform: PostgreSQL, Redis, NATS and five services');
  const say = (message: string) => screen.aside(message);
  const platform = await openPlatform({ ...(home && { home }), ...(port && { port }), say });
  if (platform.startedHere) screen.done(`up after ${rounded(platform.seconds)} s; ${whereWorkersRun(platform)}`);
  else screen.done('it runs already, so the demo uses it');
  return platform;
}

function whereWorkersRun({ workers }: Platform): string {
  if (workers?.kind === 'docker') return 'workers run in Docker containers';
  return `workers run as processes${workers?.why ? ` (${workers.why})` : ''}`;
}

async function takeTour(platform: Platform, screen: Screen): Promise<Summary> {
  const since = performance.now();
  const toured = await tour(platform, screen);
  const seconds = platform.seconds + (performance.now() - since) / 1_000;
  return summaryOf(platform, toured, seconds);
}

function summaryOf(platform: Platform, toured: Toured, seconds: number): Summary {
  const { urls, startedHere } = platform;
  return {
    ok: true,
    seconds: rounded(seconds),
    urls,
    start: { startedHere, seconds: rounded(platform.seconds) },
    ...toured,
  };
}

function showAddresses({ urls, adminKey }: Platform, screen: Screen): void {
  screen.step('Now it is yours');
  screen.row('MCP', screen.colours.cyan(urls.mcp));
  screen.row('REST', screen.colours.cyan(urls.api));
  screen.row('REST, described', screen.colours.cyan(urls.docs));
  screen.row('API key', adminKey);
}

/** Resolves when somebody asks the demo to end; asked twice, it ends at once. */
function interruption(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    let times = 0;
    const onSignal = () => (++times === 1 ? resolve('interrupted') : process.exit(INTERRUPTED));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}

async function stayUp(screen: Screen, asked: Promise<unknown>): Promise<void> {
  screen.line('\n    It stays up. Ctrl-C stops everything.');
  await asked;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
