/** Reads runs from the log itself, so that whatever was acknowledged is found. */
import {
  type EventView,
  type Refused,
  refuse,
  type RunEvent,
  type RunId,
  type RunStatus,
  type RunView,
  streamOf,
} from '#contracts';
import { type EventLog, fold, toEventView } from '#event-store';
import { runDecider } from '../run/run.decider.js';
import { runViewOf } from './run-view.js';

export class RunReader {
  constructor(private readonly log: Pick<EventLog, 'readStream' | 'readStreams'>) {}

  async read(runId: RunId): Promise<RunView | Refused> {
    const recorded = await this.log.readStream(streamOf('run', runId));
    return recorded.length === 0
      ? unknown(runId)
      : runViewOf(
          runId,
          recorded.map(({ event }) => event as RunEvent),
        );
  }

  /** In order; null for a run that does not exist. */
  async statuses(runIds: readonly RunId[]): Promise<(RunStatus | null)[]> {
    const streams = await this.log.readStreams(runIds.map((runId) => streamOf('run', runId)));
    return runIds.map((runId) => {
      const { status } = fold(runDecider, (streams.get(streamOf('run', runId)) ?? []) as RunEvent[]);
      return status === 'absent' ? null : status;
    });
  }

  async events(runId: RunId): Promise<EventView[] | Refused> {
    const recorded = await this.log.readStream(streamOf('run', runId));
    return recorded.length === 0 ? unknown(runId) : recorded.map(toEventView);
  }
}

function unknown(runId: RunId): Refused {
  return refuse('run.unknown', `There is no run ${runId}`, {
    hint: 'Check the id: whoever started the run was told it. GET /api/v1/runs lists the latest runs.',
  });
}
