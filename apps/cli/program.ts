/** The `tasksmith` command: its nouns and verbs, and what all of them understand. */
import { Command, Option } from 'commander';
import { addCancel } from './commands/cancel.js';
import { addDeploy } from './commands/deploy.js';
import { addDeployments } from './commands/deployments.js';
import { addDoctor } from './commands/doctor.js';
import { addDown } from './commands/down.js';
import { addEvents } from './commands/events.js';
import { withExamples } from './commands/examples.js';
import { addInit } from './commands/init.js';
import { addKeys } from './commands/keys.js';
import { addLogs } from './commands/logs.js';
import { addMcp } from './commands/mcp.js';
import { addQueues } from './commands/queues.js';
import { addResult } from './commands/result.js';
import { addRetry } from './commands/retry.js';
import { addRun } from './commands/run.js';
import { addSchedules } from './commands/schedules.js';
import { addSend } from './commands/send.js';
import { addStatus } from './commands/status.js';
import { addTasks } from './commands/tasks.js';
import { addUp } from './commands/up.js';
import { addWorkers } from './commands/workers.js';
import { installation } from './context/repository.js';
import { formats } from './output/formats.js';

/** In the order of the help. */
const groups: Record<string, ((program: Command) => void)[]> = {
  'The platform:': [addUp, addDown, addStatus, addDoctor],
  'Tasks:': [addInit, addDeploy, addTasks, addDeployments],
  'Calls:': [addRun, addSend, addResult, addLogs, addCancel, addRetry],
  'Operating:': [addSchedules, addQueues, addWorkers, addEvents, addKeys],
  'Agents:': [addMcp],
};

export function createProgram(): Command {
  const program = new Command('tasksmith')
    .description('Tasks that agents write: deploy them, call them, watch them.')
    .version(installation.version, '-V, --version', 'the version')
    .addOption(new Option('-o, --output <format>', 'the form of data on stdout').choices(formats).default('table'))
    .option('-q, --quiet', 'nothing on stderr but errors')
    .option('--url <url>', 'the gateway; default TASKSMITH_URL, else the local stack')
    .option('--key <key>', 'the API key; default TASKSMITH_API_KEY, else that of the local stack')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  for (const [heading, commands] of Object.entries(groups)) {
    program.commandsGroup(heading);
    for (const add of commands) add(program);
  }
  return withExamples(program, 'up --detach', 'init greet && tasksmith deploy greet', 'run greet --arg name=Ada');
}
