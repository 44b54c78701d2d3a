/** Puts the dispatcher together: which part is made of which, and in what order they start. */
import { type DynamicModule } from '@nestjs/common';
import { ProjectionRunner, ReactorRunner } from '#event-store';
import { OutcomeReader, problemsOfServer, QueueClient, QueueConnection } from '#queue';
import { openViews, type Platform, type ServiceParts } from '#service';
import { ExpireLeasesClock } from './clocks/expire-leases.clock.js';
import { HealLostJobsClock } from './clocks/heal-lost-jobs.clock.js';
import { PushDueRunsClock } from './clocks/push-due-runs.clock.js';
import { RunAcceptor } from './commands/accept-runs.js';
import { RunBook } from './commands/run-book.js';
import { RunsAhead } from './commands/runs-ahead.js';
import { RunsController } from './commands/runs.controller.js';
import { OutcomeLoop } from './outcomes/outcome-loop.js';
import { RunRow } from './projections/run.entity.js';
import { RunsProjection } from './projections/runs.projection.js';
import { JobPusher } from './pushing/job-pusher.js';
import { JobSource } from './pushing/job-source.js';
import { LiveRuns } from './queries/live-runs.js';
import { QueueList } from './queries/queue-list.js';
import { RunList } from './queries/run-list.js';
import { RunReader } from './history/run-reader.js';
import { RunsQueries } from './queries/runs.queries.js';
import { CancelJobWhenRunCancelled } from './reactors/cancel-job-when-run-cancelled.reactor.js';
import { CancelRunsWhenDeploymentStopped } from './reactors/cancel-runs-when-deployment-stopped.reactor.js';
import { EnqueueWhenAttemptFailed } from './reactors/enqueue-when-attempt-failed.reactor.js';
import { EnqueueWhenRunAccepted } from './reactors/enqueue-when-run-accepted.reactor.js';
import { TellWaiterWhenRunFinished } from './reactors/tell-waiter-when-run-finished.reactor.js';
import { CLOCK } from './tokens.js';

type DispatcherPlatform = Platform<'common' | 'database' | 'nats' | 'redis' | 'dispatcher'>;

export const slices = ['redis', 'dispatcher'] as const;

/** Most runs are short: with a rest between two writes, a run that is accepted, started and ended is written once instead of twice. */
const viewRestMs = (events: number): number => (events < MANY_EVENTS ? 300 : 1_000);
const MANY_EVENTS = 500;
/** Few enough that a slow machine writes them well within the time limit of a statement. */
const VIEW_BATCH = 10_000;

export async function assemble(platform: DispatcherPlatform): Promise<ServiceParts> {
  const { clock, config, hints, log, logger, namespace, notices, pool } = platform;
  const onError = (error: unknown, name = 'queue'): void =>
    logger.warn({ err: error }, `${name} failed and will be tried again`);
  const connection = new QueueConnection({ url: config.REDIS_URL, name: 'dispatcher', onError });
  const queue = new QueueClient(connection, namespace);
  const reader = new OutcomeReader({ connection, namespace, consumer: platform.instance, onError });
  queue.onNewLane((lane) => reader.watch(lane));

  const runs = new ProjectionRunner({
    ...{ pool, projection: new RunsProjection(), hints, logger },
    ...{ restMs: viewRestMs, batchSize: VIEW_BATCH },
  });
  const catchUp = (): Promise<void> => runs.catchUp();
  const live = new LiveRuns(pool);
  const source = new JobSource(log);
  const onDropped = (jobs: number, error: unknown): void => {
    logger.warn({ err: error, jobs }, 'jobs could not be pushed; they will be when the queue is back');
    healing.expectLosses();
  };
  const pusher = new JobPusher({ queue, source, clock, onDropped });
  const retries = new EnqueueWhenAttemptFailed({ pusher, clock, onError });
  const ahead = new RunsAhead({ log, queue, onDropped, onError });
  const book = new RunBook(log, ahead, [
    new EnqueueWhenRunAccepted(pusher, clock),
    retries,
    new CancelJobWhenRunCancelled({ queue, pusher, onError }),
    new TellWaiterWhenRunFinished(notices),
  ]);
  const intervalMs = config.TASKSMITH_SWEEP_MS;
  const onHealed = (what: object): void => logger.info(what, 'mended runs whose jobs the queue did not know');
  const healing = new HealLostJobsClock({
    ...{ live, queue, pusher, book, ahead, clock },
    ...{ intervalMs, catchUp, onHealed, onError },
  });
  const outcomes = new OutcomeLoop({ reader, queue, book, chance: Math.random, onError });
  const stoppedDeployments = new CancelRunsWhenDeploymentStopped({ log, book, live, catchUp, clock });
  const reactor = new ReactorRunner({ pool, reactor: stoppedDeployments, hints, logger });
  const database = await openViews({ url: config.DATABASE_URL, entities: [RunRow], max: 3 });

  return {
    module: dispatcherModule({
      acceptor: new RunAcceptor(log, book, ahead, clock),
      book,
      reader: new RunReader(log),
      runs: new RunList(database),
      queues: new QueueList({ queue, live, clock, catchUp }),
      clock,
    }),
    startables: [
      { start: async () => refuseUnfitServer(connection, onError), stop: async () => connection.close() },
      { start: async () => {}, stop: () => database.destroy() },
      runs,
      pusher,
      ahead,
      retries,
      outcomes,
      new ExpireLeasesClock({ queue, intervalMs, onError }),
      new PushDueRunsClock({ live, pusher, clock, onError }),
      healing,
      reactor,
    ],
    checks: [{ name: 'redis', check: () => connection.ready() }],
    rebuildViews: async () => void (await runs.rebuild()),
  };
}

/** A Redis that may drop keys would lose jobs again and again; one that is only away comes back. */
async function refuseUnfitServer(connection: QueueConnection, onError: (error: unknown) => void): Promise<void> {
  const problems = await problemsOfServer(connection).catch((error: unknown) => {
    onError(error);
    return [];
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

interface Provided {
  acceptor: RunAcceptor;
  book: RunBook;
  reader: RunReader;
  runs: RunList;
  queues: QueueList;
  clock: DispatcherPlatform['clock'];
}

class DispatcherModule {}

function dispatcherModule({ acceptor, book, reader, runs, queues, clock }: Provided): DynamicModule {
  return {
    module: DispatcherModule,
    controllers: [RunsController, RunsQueries],
    providers: [
      { provide: RunAcceptor, useValue: acceptor },
      { provide: RunBook, useValue: book },
      { provide: RunReader, useValue: reader },
      { provide: RunList, useValue: runs },
      { provide: QueueList, useValue: queues },
      { provide: CLOCK, useValue: clock },
    ],
  };
}
