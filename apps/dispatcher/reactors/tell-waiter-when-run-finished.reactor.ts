/** When a run has finished and a gateway waits for it, that gateway is told how it ended. */
import { type FinishedNotices } from '#messaging';
import { type CommittedRun, type RunReactor } from '../commands/committed-run.js';
import { groupBy } from '../grouping.js';
import { isFinished } from '../run/run.js';

export class TellWaiterWhenRunFinished implements RunReactor {
  constructor(private readonly notices: FinishedNotices) {}

  react(committed: readonly CommittedRun[]): void {
    const awaited = committed.filter(({ run }) => run.waiter !== null && isFinished(run));
    for (const [waiter, group] of groupBy(awaited, ({ run }) => run.waiter!)) {
      this.notices.tell(
        waiter,
        group.flatMap(({ view }) => view ?? []),
      );
    }
  }
}
