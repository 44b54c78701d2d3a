import { type Command } from 'commander';
import { type Schemas } from '#client';
import { contextOf } from '../context/context.js';
import { deploymentList, deploymentView } from '../output/views.js';
import { wholeNumber } from './arguments.js';
import { showDeploymentLog } from './deployment-log.js';
import { withExamples } from './examples.js';

interface ListOptions {
  status?: Schemas['DeploymentView']['status'];
  task?: string;
  queue?: string;
  limit: number;
}

export function addDeployments(program: Command): void {
  const deployments = program.command('deployments').description('code that is built and run');
  addList(deployments);
  addGet(deployments);
  addStop(deployments);
  const logs = deployments
    .command('logs <deployment-id>')
    .description("the build's log and the last lines of each worker")
    .option('--tail <number>', 'at most so many lines of each', wholeNumber, 500)
    .option('-f, --follow', 'go on until it is active or has failed')
    .action((id: string, options: { tail: number; follow?: boolean }, self: Command) =>
      showDeploymentLog(contextOf(self), id, options),
    );
  withExamples(logs, 'deployments logs 0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e');
}

function addList(deployments: Command): void {
  const command = deployments
    .command('ls')
    .description('list deployments, the newest first')
    .option('--status <status>', 'only those that are, e.g., active or failed')
    .option('--task <name>', 'only of this task')
    .option('--queue <name>', 'only of this queue')
    .option('--limit <number>', 'at most so many', wholeNumber, 50)
    .action(async (query: ListOptions, self: Command) => {
      const context = contextOf(self);
      const { items } = await context.ask((client) => client.GET('/api/v1/deployments', { params: { query } }));
      context.out.list(items, deploymentList);
    });
  withExamples(command, 'deployments ls --status active');
}

function addGet(deployments: Command): void {
  const command = deployments
    .command('get <deployment-id>')
    .description('one deployment')
    .action(async (deploymentId: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      const params = { path: { deploymentId } };
      context.out.item(
        await context.ask((client) => client.GET('/api/v1/deployments/{deploymentId}', { params })),
        deploymentView,
      );
    });
  withExamples(command, 'deployments get 0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e -o yaml');
}

function addStop(deployments: Command): void {
  const command = deployments
    .command('stop <deployment-id>')
    .description('stop its workers; its tasks serve no calls any more')
    .option('--reason <text>', 'kept in its history')
    .action(async (deploymentId: string, { reason }: { reason?: string }, self: Command) => {
      const context = contextOf(self);
      const request = { params: { path: { deploymentId } }, body: reason === undefined ? {} : { reason } };
      context.out.item(
        await context.ask((client) => client.POST('/api/v1/deployments/{deploymentId}/stop', request)),
        deploymentView,
      );
    });
  withExamples(command, 'deployments stop 0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e --reason "replaced by word_stats2"');
}
