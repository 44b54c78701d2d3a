/** When a deployment has stopped, runs that still wait for its workers are cancelled: nobody would ever run them. */
import { type Category, type DeploymentEvent, type DeploymentId, laneOf, type QueueName, type RunId } from '#contracts';
import { type EventLog, type RecordedEvent } from '#event-store';
import { type Clock } from '#lifecycle';
import { type RunBook } from '../commands/run-book.js';
import { type LiveRuns } from '../queries/live-runs.js';

const ACTOR = 'service:dispatcher';

export interface CancelRunsParts {
  log: Pick<EventLog, 'readStream'>;
  book: RunBook;
  live: LiveRuns;
  /** Resolves when the view of live runs is up to date. */
  catchUp(): Promise<void>;
  clock: Clock;
}

export class CancelRunsWhenDeploymentStopped {
  readonly name = 'cancel-runs-when-deployment-stopped';
  readonly categories: readonly Category[] = ['deployment'];

  constructor(private readonly parts: CancelRunsParts) {}

  async handle(recorded: RecordedEvent): Promise<void> {
    const event = recorded.event as DeploymentEvent;
    if (event.type !== 'DeploymentStopped' && event.type !== 'DeploymentFailed') return;
    await this.parts.catchUp();
    const live = await this.parts.live.ofLane(
      laneOf(await this.queueOf(recorded.stream), deploymentIdOf(recorded.stream)),
    );
    await this.cancel(live.map(({ runId }) => runId));
  }

  private async queueOf(stream: string): Promise<QueueName> {
    const [first] = await this.parts.log.readStream(stream);
    return (first?.event as Extract<DeploymentEvent, { type: 'DeploymentRequested' }>).queue;
  }

  private async cancel(runIds: readonly RunId[]): Promise<void> {
    const command = {
      type: 'CancelRun',
      at: this.parts.clock.now(),
      by: ACTOR,
      reason: 'its deployment has stopped',
    } as const;
    await this.parts.book.carryOut(runIds.map((runId) => ({ runId, commands: [command], actor: ACTOR })));
  }
}

function deploymentIdOf(stream: string): DeploymentId {
  return stream.slice('deployment-'.length) as DeploymentId;
}
