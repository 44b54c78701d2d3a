/** What follows from a command. Steps that were recorded before, or that came too late, add nothing: a resumed pipeline repeats itself. */
import { type DeploymentEvent, refuse, type Refused, type StartedWorker } from '#contracts';
import { type CommandOf, type DeploymentCommand } from './deployment.commands.js';
import { type Deployment, type DeploymentState, isEnded, isServing, stageOf } from './deployment.state.js';

export const MAX_LOG_LINES = 5_000;

export function decide(command: DeploymentCommand, state: DeploymentState): DeploymentEvent[] | Refused {
  if (command.type === 'RequestDeployment') return state ? [] : requestDeployment(command);
  if (!state) return unknownDeployment();
  switch (command.type) {
    case 'StartBuild':
      return state.status === 'stored' ? [{ ...command, type: 'DeploymentBuildStarted' }] : [];
    case 'RecordBuilt':
      return state.status === 'building' ? [{ ...command, type: 'DeploymentBuilt' }] : [];
    case 'RecordWorkersStarted':
      return recordWorkersStarted(command, state);
    case 'RecordTested':
      return recordTested(command, state);
    case 'Activate':
      return stageOf(state) === 'activating' ? [{ type: 'DeploymentActivated', at: command.at }] : [];
    case 'Fail':
      return stageOf(state) === null ? [] : [{ ...command, type: 'DeploymentFailed' }];
    case 'AddLog':
      return addLog(command, state);
    case 'Supersede':
      return state.status === 'active' ? [{ ...command, type: 'DeploymentSuperseded' }] : [];
    case 'RequestStop':
      return requestStop(command, state);
    case 'RecordStopped':
      return recordStopped(command, state);
  }
}

function requestDeployment({ path, ...requested }: CommandOf<'RequestDeployment'>): DeploymentEvent[] {
  return [
    { ...requested, type: 'DeploymentRequested' },
    { type: 'DeploymentStored', at: requested.at, path },
  ];
}

/** Also for workers that were started again while it serves, so that their handles are the ones that exist. */
function recordWorkersStarted(command: CommandOf<'RecordWorkersStarted'>, state: Deployment): DeploymentEvent[] {
  const isExpected = state.status === 'starting' || state.status === 'testing' || isServing(state);
  const isNews = state.status === 'starting' || !areSame(command.workers, state.workers);
  return isExpected && isNews ? [{ ...command, type: 'DeploymentWorkersStarted' }] : [];
}

function recordTested({ at, results, durationMs }: CommandOf<'RecordTested'>, state: Deployment): DeploymentEvent[] {
  if (stageOf(state) !== 'testing') return [];
  const tested: DeploymentEvent = { type: 'DeploymentTested', at, results, durationMs };
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length === 0) return [tested];
  const message = `${failed.length} of ${results.length} smoke tests failed: ${failed[0]!.task}: ${failed[0]!.message}`;
  const log = failed.map(({ task, message: why }) => `${task}: ${why}`);
  return [tested, { type: 'DeploymentFailed', at, stage: 'testing', code: 'test.failed', message, log }];
}

function addLog({ at, stage, lines }: CommandOf<'AddLog'>, state: Deployment): DeploymentEvent[] {
  const room = MAX_LOG_LINES - state.loggedLines;
  if (room <= 0 || lines.length === 0) return [];
  if (lines.length < room) return [{ type: 'DeploymentLogged', at, stage, lines }];
  const last = `(the log of a deployment keeps ${MAX_LOG_LINES} lines; what follows is dropped)`;
  return [{ type: 'DeploymentLogged', at, stage, lines: [...lines.slice(0, room - 1), last] }];
}

function requestStop({ at, by, reason }: CommandOf<'RequestStop'>, state: Deployment): DeploymentEvent[] | Refused {
  if (state.status === 'stopping' || state.status === 'stopped') return [];
  if (state.status === 'failed')
    return refuse(
      'deployment.not-stoppable',
      'The deployment cannot be stopped: it has failed, and its workers are gone',
    );
  return [{ type: 'DeploymentStopRequested', at, by, reason }];
}

function recordStopped({ at }: CommandOf<'RecordStopped'>, state: Deployment): DeploymentEvent[] {
  if (isEnded(state) || (state.status !== 'draining' && state.status !== 'stopping')) return [];
  return [{ type: 'DeploymentStopped', at, reason: state.stopReason ?? 'stopped' }];
}

function areSame(some: readonly StartedWorker[], others: readonly StartedWorker[]): boolean {
  const key = (workers: readonly StartedWorker[]) =>
    workers
      .map(({ name, handle }) => `${name} ${handle}`)
      .sort()
      .join();
  return key(some) === key(others);
}

export const unknownDeployment = (id?: string): Refused =>
  refuse('deployment.unknown', `There is no deployment${id ? ` ${id}` : ' of this id'}`);
