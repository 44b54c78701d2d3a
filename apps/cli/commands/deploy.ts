import { type Command, Option } from 'commander';
import { isRefused } from '#contracts';
import { pack } from '../bundles/pack.js';
import { taskNameOf } from '../bundles/named-by-folder.js';
import { type BundleFile, readFolder } from '../bundles/read-folder.js';
import { type Context, contextOf } from '../context/context.js';
import { onInterrupt } from '../context/interruption.js';
import { CliError } from '../failures.js';
import { duration, short } from '../output/values.js';
import { deploymentView } from '../output/views.js';
import { type DeploymentEnd, followDeployment } from '../platform/follow-deployment.js';
import { wholeNumber } from './arguments.js';
import { withExamples } from './examples.js';

interface DeployOptions {
  task?: string;
  queue: string;
  category?: string;
  description?: string;
  runtime?: 'python' | 'node';
  replicas?: number;
  concurrency?: number;
  wait: boolean;
}

const LOG_TAIL = 20;

export function addDeploy(program: Command): void {
  const command = program
    .command('deploy <dir>')
    .description('deploy a folder of code: build, start, test, and serve')
    .option('--task <name>', 'what it is deployed as; default from tasksmith.json, else the name of the folder')
    .option('--queue <name>', 'where its runs wait', 'default')
    .option('--category <name>', 'for the catalogue; default general')
    .option('--description <text>', 'for the catalogue; default what the code says of itself')
    .addOption(new Option('--runtime <name>', 'default: what the files look like').choices(['python', 'node']))
    .option('--replicas <number>', 'workers; default 1', wholeNumber)
    .option('--concurrency <number>', 'runs that one worker has at a time; default 4', wholeNumber)
    .option('--no-wait', 'end as soon as the bundle is checked and stored')
    .action((dir: string, options: DeployOptions, self: Command) => deploy(contextOf(self), dir, options));
  withExamples(
    command,
    'deploy ./word-stats',
    'deploy examples/text-stats --queue text --replicas 2',
    'deploy . --no-wait -o name',
  );
}

async function deploy(context: Context, dir: string, { wait, ...options }: DeployOptions): Promise<void> {
  const since = performance.now();
  const files = readFolder(dir);
  if (isRefused(files)) throw new CliError('error', files.refusal.message, files.refusal.hint);
  const deploymentId = await send(context, files, { ...options, task: options.task ?? nameFor(dir, files) });
  if (!wait) {
    context.out.note(`Sent ${files.length} files. To follow it: tasksmith logs --deployment ${deploymentId} -f`);
    return show(context, deploymentId);
  }
  const end = await follow(context, deploymentId);
  if (end === 'interrupted') return detached(context, deploymentId);
  if (end === 'active') return succeeded(context, deploymentId, performance.now() - since);
  return failed(context, deploymentId);
}

function nameFor(dir: string, files: BundleFile[]): string {
  const name = taskNameOf(dir, files);
  if (name) return name;
  throw new CliError(
    'usage',
    `The folder ${dir} gives no name for its task.`,
    'Name it with --task, or in its tasksmith.json.',
  );
}

async function send(
  context: Context,
  files: BundleFile[],
  query: Omit<DeployOptions, 'wait'> & { task: string },
): Promise<string> {
  const archive = await pack(files);
  const { deploymentId } = await context.ask((client) =>
    client.POST('/api/v1/deployments', {
      params: { query },
      body: archive as never,
      bodySerializer: (bytes: unknown) => bytes,
      headers: { 'content-type': 'application/gzip' },
    }),
  );
  return deploymentId;
}

async function follow(context: Context, deploymentId: string): Promise<DeploymentEnd> {
  const interrupt = onInterrupt();
  const bar = context.out.progress(100, 'sending');
  let line = '';
  const end = await followDeployment(context.settings, { deploymentId, signal: interrupt.signal }, (progress) => {
    line = progress.lines.at(-1) ?? line;
    bar.to(progress.fraction * 100, `${progress.doing}  ${short(line, 60)}`);
  }).finally(() => bar.end());
  interrupt.release();
  return end;
}

function detached({ out, exitWith }: Context, deploymentId: string): void {
  out.note(`\nDetached; the deployment goes on. To follow it again: tasksmith logs --deployment ${deploymentId} -f`);
  exitWith('interrupted');
}

async function succeeded(context: Context, deploymentId: string, ms: number): Promise<void> {
  const deployment = await get(context, deploymentId);
  const tested = deployment.smokeTests.length > 0 ? `, ${deployment.smokeTests.length} smoke tests passed` : '';
  context.out.note(
    `${context.out.colours.green('✓')} ${deployment.tasks.join(', ')} serves after ${duration(ms)}${tested}`,
  );
  context.out.note(`To call it: tasksmith run ${deployment.tasks[0] ?? deployment.task}`);
  context.out.item(deployment, deploymentView);
}

async function failed(context: Context, deploymentId: string): Promise<void> {
  const deployment = await get(context, deploymentId);
  const { out } = context;
  if (out.format !== 'table') out.item(deployment, deploymentView);
  const { failure, status } = deployment;
  if (!failure)
    throw new CliError('error', `The deployment is ${status}.`, `tasksmith deployments get ${deploymentId}`);
  for (const line of failure.log.slice(-LOG_TAIL)) out.note(out.colours.dim(`  ${line}`));
  throw new CliError(
    'error',
    `Deploying ${deployment.task} failed while ${failure.stage} (${failure.code}): ${failure.message}`,
    `The whole log: tasksmith logs --deployment ${deploymentId}`,
  );
}

async function show(context: Context, deploymentId: string): Promise<void> {
  context.out.item(await get(context, deploymentId), deploymentView);
}

function get(context: Context, deploymentId: string) {
  const params = { path: { deploymentId } };
  return context.ask((client) => client.GET('/api/v1/deployments/{deploymentId}', { params }));
}
