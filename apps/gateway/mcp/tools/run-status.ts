/** The states of a run in the words that agents know from Celery. */
import { type RunStatus, type RunView } from '#contracts';

export type TaskStatus = 'PENDING' | 'STARTED' | 'RETRY' | 'SUCCESS' | 'FAILURE' | 'REVOKED';

const statuses: Record<RunStatus, TaskStatus> = {
  waiting: 'PENDING',
  running: 'STARTED',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
  'timed-out': 'FAILURE',
  'dead-lettered': 'FAILURE',
  cancelled: 'REVOKED',
};

/** Waiting after an attempt was made is waiting for the next one. */
export function taskStatusOf({ status, attempt }: Pick<RunView, 'status' | 'attempt'>): TaskStatus {
  return status === 'waiting' && attempt > 0 ? 'RETRY' : statuses[status];
}
