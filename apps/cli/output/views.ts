/** How each kind of thing looks in a table. */
import { type Schemas } from '#client';
import { type ItemView, type ListView } from './output.js';
import { cell, duration, moment, short } from './values.js';

type Run = Schemas['RunView'];
type Task = Schemas['TaskView'];
type TaskDetails = Schemas['TaskDetailsView'];
type Deployment = Schemas['DeploymentView'];
type Worker = Schemas['WorkerView'];
type Queue = Schemas['QueueView'];
type Schedule = Schemas['ScheduleView'];
type Key = Schemas['KeyView'];

export const runView: ItemView<Run> = {
  name: ({ runId }) => runId,
  rows: (run) => [
    ['run', run.runId],
    ['task', run.taskVersion === null ? run.task : `${run.task} (version ${run.taskVersion})`],
    ['queue', `${run.queue}, priority ${run.priority}`],
    ['status', `${run.status}${run.cancelRequested && run.finishedAt === null ? ', cancel requested' : ''}`],
    ['attempt', String(run.attempt)],
    ['accepted', moment(run.acceptedAt)],
    ['started', moment(run.startedAt)],
    ['finished', moment(run.finishedAt)],
    ...(run.error ? [['error', `${run.error.type}: ${short(run.error.message, 200)}`] as [string, string]] : []),
  ],
};

export const taskList: ListView<Task> = {
  name: ({ name }) => name,
  empty: 'There are no tasks. Make one: tasksmith init my_task && tasksmith deploy my_task',
  columns: [
    { head: 'NAME', of: ({ name }) => name },
    { head: 'VERSION', of: ({ activeVersion }) => (activeVersion === null ? 'none serves' : String(activeVersion)) },
    { head: 'QUEUE', of: ({ queue }) => queue },
    { head: 'CATEGORY', of: ({ category }) => category },
    {
      head: 'DESCRIPTION',
      of: ({ description, deprecated }) => short(`${deprecated === null ? '' : 'DEPRECATED: '}${description}`, 60),
    },
  ],
};

export const taskView: ItemView<TaskDetails> = {
  name: ({ name }) => name,
  rows: (task) => [
    ['task', task.name],
    ['description', short(task.description, 100)],
    ['category', task.category],
    ['queue', task.queue],
    ['version', cell(task.activeVersion)],
    ['deployment', cell(task.deploymentId)],
    ['arguments', JSON.stringify(task.argumentsSchema)],
    ['result', JSON.stringify(task.resultSchema)],
    ['policies', JSON.stringify(task.policies)],
    ['versions', task.versions.map(({ version, serving }) => `${version}${serving ? '' : ' (stopped)'}`).join(', ')],
    ['updated', moment(task.updatedAt)],
  ],
};

export const deploymentList: ListView<Deployment> = {
  name: ({ deploymentId }) => deploymentId,
  empty: 'There are no deployments. Make one: tasksmith deploy <dir>',
  columns: [
    { head: 'ID', of: ({ deploymentId }) => deploymentId },
    { head: 'TASK', of: ({ task }) => task },
    { head: 'QUEUE', of: ({ queue }) => queue },
    { head: 'STATUS', of: ({ status, failure }) => (failure ? `${status} (${failure.stage})` : status) },
    { head: 'HOST', of: ({ host }) => cell(host) },
    { head: 'WORKERS', of: ({ workers }) => String(workers.length) },
    { head: 'REQUESTED', of: ({ requestedAt }) => moment(requestedAt) },
  ],
};

export const deploymentView: ItemView<Deployment> = {
  name: ({ deploymentId }) => deploymentId,
  rows: (deployment) => [
    ['deployment', deployment.deploymentId],
    ['status', deployment.status],
    ['tasks', deployment.tasks.join(', ') || deployment.task],
    ['queue', deployment.queue],
    ['runtime', deployment.runtime],
    ['host', cell(deployment.host)],
    ['image', cell(deployment.image)],
    ['workers', deployment.workers.map(({ name }) => name).join(', ') || '-'],
    [
      'smoke tests',
      deployment.smokeTests.map(({ task, passed }) => `${task} ${passed ? 'passed' : 'failed'}`).join(', ') || '-',
    ],
    ['requested', moment(deployment.requestedAt)],
    ['active since', moment(deployment.activatedAt)],
    ['ended', moment(deployment.endedAt)],
    ...(deployment.failure
      ? [['failure', `${deployment.failure.stage}: ${deployment.failure.message}`] as [string, string]]
      : []),
  ],
};

export const workerList: ListView<Worker> = {
  name: ({ name }) => name,
  empty: 'There are no workers: nothing is deployed.',
  columns: [
    { head: 'NAME', of: ({ name }) => name },
    { head: 'TASK', of: ({ task }) => task },
    { head: 'QUEUE', of: ({ queue }) => queue },
    { head: 'RUNS AS', of: ({ tier }) => tier },
    { head: 'STATE', of: ({ state }) => state },
    { head: 'RESTARTS', of: ({ restarts }) => String(restarts) },
    { head: 'DETAIL', of: ({ detail }) => short(detail, 60) },
  ],
};

export const queueList: ListView<Queue> = {
  name: ({ queue }) => queue,
  empty: 'There are no queues yet: they come with the first deployment.',
  columns: [
    { head: 'QUEUE', of: ({ queue }) => queue },
    { head: 'WAITING', of: ({ waiting }) => String(waiting) },
    { head: 'DELAYED', of: ({ delayed }) => String(delayed) },
    { head: 'RUNNING', of: ({ running }) => String(running) },
    { head: 'WORKERS', of: ({ workers }) => String(workers) },
    { head: 'OLDEST SINCE', of: ({ oldestAt }) => moment(oldestAt) },
  ],
};

const ruleOf = ({ rule }: Schedule): string =>
  rule.kind === 'interval' ? `every ${duration(rule.everyMs)}` : `${rule.expression} (${rule.timeZone})`;

export const scheduleList: ListView<Schedule> = {
  name: ({ scheduleId }) => scheduleId,
  empty: 'There are no schedules. Make one: tasksmith schedules create --task <task> --every 1h',
  columns: [
    { head: 'ID', of: ({ scheduleId }) => scheduleId },
    { head: 'NAME', of: ({ name }) => short(name, 30) },
    { head: 'TASK', of: ({ target }) => target.task },
    { head: 'RULE', of: ruleOf },
    { head: 'NEXT', of: ({ nextDueAt, paused }) => (paused ? 'paused' : moment(nextDueAt)) },
    { head: 'FIRED', of: ({ firings }) => String(firings) },
  ],
};

export const scheduleView: ItemView<Schedule> = {
  name: ({ scheduleId }) => scheduleId,
  rows: (schedule) => [
    ['schedule', schedule.scheduleId],
    ['name', schedule.name],
    ['task', schedule.target.task],
    ['rule', ruleOf(schedule)],
    ['next', schedule.paused ? 'paused' : moment(schedule.nextDueAt)],
    ['last run', cell(schedule.lastRunId)],
    ['fired', String(schedule.firings)],
  ],
};

export const keyList: ListView<Key> = {
  name: ({ keyId }) => keyId,
  empty: 'There are no API keys.',
  columns: [
    { head: 'ID', of: ({ keyId }) => keyId },
    { head: 'NAME', of: ({ name }) => name },
    { head: 'SCOPE', of: ({ scope }) => scope },
    { head: 'CREATED', of: ({ createdAt }) => moment(createdAt) },
    { head: 'REVOKED', of: ({ revokedAt }) => moment(revokedAt) },
  ],
};
