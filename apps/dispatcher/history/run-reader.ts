/** Reads one run from the log itself, so that whatever was acknowledged is found. */
import { type EventView, type Refused, refuse, type RunEvent, type RunId, type RunView, streamOf } from '#contracts';
import { type EventLog, toEventView } from '#event-store';
import { runViewOf } from './run-view.js';

export class RunReader {
  constructor(private readonly log: Pick<EventLog, 'readStream'>) {}

  async read(runId: RunId): Promise<RunView | Refused> {
    const recorded = await this.log.readStream(streamOf('run', runId));
    return recorded.length === 0
      ? unknown(runId)
      : runViewOf(
          runId,
          recorded.map(({ event }) => event as RunEvent),
        );
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
