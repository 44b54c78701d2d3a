/** Puts the scheduler together: which part is made of which, and in what order they start. */
import { type DynamicModule } from '@nestjs/common';
import { ProjectionRunner, ReactorRunner } from '#event-store';
import { newId } from '#lifecycle';
import { openViews, type Platform, type ServiceParts } from '#service';
import { DueSchedulesClock } from './clocks/due-schedules.clock.js';
import { ScheduleBook } from './commands/schedule-book.js';
import { SchedulesController } from './commands/schedules.controller.js';
import { KnownSchedules } from './known-schedules.js';
import { SchedulesProjection } from './projections/schedules.projection.js';
import { ScheduleFiringRow, ScheduleRow } from './queries/rows.js';
import { SCHEDULES_READER, SchedulesQueries, type SchedulesReader } from './queries/schedules.queries.js';
import { StartRunWhenScheduleFired } from './reactors/start-run-when-schedule-fired.reactor.js';
import { CLOCK } from './tokens.js';

export const slices = [] as const;

const CATCH_UP = { withinMs: 5_000 };

export async function assemble(platform: Platform): Promise<ServiceParts> {
  const { clock, config, hints, log, logger, pool, requester } = platform;
  const views = await openViews({ url: config.DATABASE_URL, entities: [ScheduleRow, ScheduleFiringRow] });
  const schedules = new ProjectionRunner({ pool, projection: new SchedulesProjection(), hints, logger });
  const book = new ScheduleBook(log);
  const known = new KnownSchedules(log);
  const targetAt: KnownSchedules['targetAt'] = (id, version) => known.targetAt(id, version);
  const reactor = new StartRunWhenScheduleFired({ targetAt, requester, logger });

  return {
    module: schedulerModule({ book, clock, reader: { views, catchUp: () => schedules.catchUp(CATCH_UP) } }),
    startables: [
      // First to start, so that it is the last to stop.
      { start: async () => {}, stop: async () => void (views.isInitialized && (await views.destroy())) },
      schedules,
      new DueSchedulesClock({ known, book, hints, pool, clock, newId, logger }),
      new ReactorRunner({ pool, reactor, hints, logger }),
    ],
    rebuildViews: async () => void (await schedules.rebuild()),
  };
}

interface Provided {
  book: ScheduleBook;
  reader: SchedulesReader;
  clock: Platform['clock'];
}

class SchedulerModule {}

function schedulerModule({ book, reader, clock }: Provided): DynamicModule {
  return {
    module: SchedulerModule,
    controllers: [SchedulesController, SchedulesQueries],
    providers: [
      { provide: ScheduleBook, useValue: book },
      { provide: SCHEDULES_READER, useValue: reader },
      { provide: CLOCK, useValue: clock },
    ],
  };
}
