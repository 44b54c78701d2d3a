/** What is known of one deployment: the fold of its events. */
import {
  type DeploymentEvent,
  type DeploymentStage,
  type DeploymentStatus,
  type SmokeTestResult,
  type StartedWorker,
  type TaskDeclaration,
  type TaskName,
} from '#contracts';

export type Requested = Extract<DeploymentEvent, { type: 'DeploymentRequested' }>;
export type Failure = Pick<
  Extract<DeploymentEvent, { type: 'DeploymentFailed' }>,
  'stage' | 'code' | 'message' | 'log'
>;

export interface Deployment {
  readonly status: DeploymentStatus;
  readonly requested: Requested;
  readonly path: string | null;
  readonly host: 'docker' | 'process' | null;
  readonly image: string | null;
  /** Complete once built; until then what is known of them. */
  readonly declarations: readonly TaskDeclaration[];
  readonly workers: readonly StartedWorker[];
  /** Null until tested. */
  readonly results: readonly SmokeTestResult[] | null;
  readonly failure: Failure | null;
  /** Why it is stopping. */
  readonly stopReason: string | null;
  readonly loggedLines: number;
  readonly activatedAt: number | null;
  readonly endedAt: number | null;
}

/** Null: nobody has asked for it yet. */
export type DeploymentState = Deployment | null;

export function evolve(state: DeploymentState, event: DeploymentEvent): DeploymentState {
  if (event.type === 'DeploymentRequested') return requestedDeployment(event);
  return state && { ...state, ...changesOf(event, state) };
}

function changesOf(event: Exclude<DeploymentEvent, Requested>, state: Deployment): Partial<Deployment> {
  switch (event.type) {
    case 'DeploymentStored':
      return { status: 'stored', path: event.path };
    case 'DeploymentBuildStarted':
      return { status: 'building', host: event.host };
    case 'DeploymentBuilt':
      return { status: 'starting', image: event.image, declarations: event.tasks };
    case 'DeploymentWorkersStarted':
      return { workers: event.workers, ...(state.status === 'starting' ? { status: 'testing' } : {}) };
    case 'DeploymentTested':
      return { results: event.results };
    case 'DeploymentActivated':
      return { status: 'active', activatedAt: event.at };
    case 'DeploymentFailed': {
      const { stage, code, message, log, at } = event;
      return { status: 'failed', workers: [], failure: { stage, code, message, log }, endedAt: at };
    }
    case 'DeploymentLogged':
      return { loggedLines: state.loggedLines + event.lines.length };
    case 'DeploymentSuperseded':
      return { status: 'draining', stopReason: `superseded by ${event.byDeploymentId}` };
    case 'DeploymentStopRequested':
      return { status: 'stopping', stopReason: event.reason };
    case 'DeploymentStopped':
      return { status: 'stopped', workers: [], endedAt: event.at };
  }
}

function requestedDeployment(requested: Requested): Deployment {
  return {
    status: 'requested',
    requested,
    path: null,
    host: null,
    image: null,
    declarations: [],
    workers: [],
    results: null,
    failure: null,
    stopReason: null,
    loggedLines: 0,
    activatedAt: null,
    endedAt: null,
  };
}

export function isEnded({ status }: Pick<Deployment, 'status'>): boolean {
  return status === 'stopped' || status === 'failed';
}

/** Its workers are to run: somebody may send runs to them. */
export function isServing({ status }: Pick<Deployment, 'status'>): boolean {
  return status === 'active' || status === 'draining';
}

export function taskNamesOf({ declarations, requested }: Pick<Deployment, 'declarations' | 'requested'>): TaskName[] {
  const names = (declarations.length > 0 ? declarations : requested.declarations).map(({ name }) => name);
  return names.length > 0 ? names : [requested.task];
}

/** The stage that is under way; null when none is. */
export function stageOf({ status, results }: Pick<Deployment, 'status' | 'results'>): DeploymentStage | null {
  switch (status) {
    case 'requested':
      return 'storing';
    case 'stored':
    case 'building':
      return 'building';
    case 'starting':
      return 'starting';
    case 'testing':
      return results === null ? 'testing' : 'activating';
    case 'active':
    case 'draining':
    case 'stopping':
    case 'stopped':
    case 'failed':
      return null;
  }
}
