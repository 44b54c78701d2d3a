/** Puts the registry together: which part is made of which, and in what order they start. */
import { randomBytes } from 'node:crypto';
import { type DynamicModule } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import { type TaskName } from '#contracts';
import { createHandler, ProjectionRunner, rebuildAll, Relay } from '#event-store';
import { EventStream } from '#messaging';
import { openViews, type Platform, type ServiceParts } from '#service';
import { AdminKey } from './commands/admin-key.js';
import { type KeyHandler, KeysController } from './commands/keys.controller.js';
import { TaskBook } from './commands/task-book.js';
import { TasksController } from './commands/tasks.controller.js';
import { keyDecider } from './key/index.js';
import { KeysProjection } from './projections/keys.projection.js';
import { TasksProjection } from './projections/tasks.projection.js';
import { nearestName } from './queries/nearest-name.js';
import { REGISTRY_READER, RegistryQueries, type RegistryReader } from './queries/registry.queries.js';
import { KeyRow, TaskRow, TaskVersionRow } from './queries/rows.js';
import { TaskList } from './queries/task-list.js';
import { JetStreamPublisher } from './relay/jet-stream.publisher.js';
import { type SuggestTask } from './task-suggestion.js';
import { CLOCK, KEY_HANDLER, RANDOM_BYTES, SUGGEST_TASK } from './tokens.js';

type RegistryPlatform = Platform<'common' | 'database' | 'nats' | 'keys' | 'relay'>;

export const slices = ['keys', 'relay'] as const;

const SMALLEST_MAX_PAYLOAD = 1_048_576;
const CATCH_UP = { withinMs: 5_000 };
const SUGGESTION_CATCH_UP = { withinMs: 500 };

export async function assemble(platform: RegistryPlatform): Promise<ServiceParts> {
  const { clock, config, hints, log, logger, namespace, nats, pool } = platform;
  const views = await openViews({ url: config.DATABASE_URL, entities: [TaskRow, TaskVersionRow, KeyRow] });
  const tasks = new ProjectionRunner({ pool, projection: new TasksProjection(), hints, logger });
  const keys = new ProjectionRunner({ pool, projection: new KeysProjection(), hints, logger });
  const keyHandler: KeyHandler = createHandler({ log, decider: keyDecider, category: 'key' });
  const maxBytes = (): number => nats.info?.max_payload ?? SMALLEST_MAX_PAYLOAD;
  const stream = new EventStream(nats, namespace, config.TASKSMITH_EVENT_STREAM_MAX_BYTES);
  const publisher = new JetStreamPublisher(stream, maxBytes);
  const taskList = new TaskList(views);
  const suggest = async (name: TaskName): Promise<TaskName | undefined> => {
    await tasks.catchUp(SUGGESTION_CATCH_UP);
    return nearestName(name, await taskList.names());
  };

  return {
    module: registryModule({
      book: new TaskBook(log),
      keyHandler,
      reader: {
        log,
        views,
        tasks: taskList,
        catchUp: { tasks: () => tasks.catchUp(CATCH_UP), keys: () => keys.catchUp(CATCH_UP) },
      },
      suggest,
      clock,
    }),
    startables: [
      closing(views),
      tasks,
      keys,
      new AdminKey({ key: config.TASKSMITH_ADMIN_KEY, handler: keyHandler, clock, logger }),
      new Relay({ pool, publisher, hints, logger }),
    ],
    rebuildViews: async () => void (await rebuildAll([tasks, keys])),
  };
}

/** First to start, so that it is the last to stop. */
function closing(views: DataSource) {
  return {
    start: async () => {},
    stop: async () => {
      if (views.isInitialized) await views.destroy();
    },
  };
}

interface Provided {
  book: TaskBook;
  keyHandler: KeyHandler;
  reader: RegistryReader;
  suggest: SuggestTask;
  clock: RegistryPlatform['clock'];
}

class RegistryModule {}

function registryModule({ book, keyHandler, reader, suggest, clock }: Provided): DynamicModule {
  return {
    module: RegistryModule,
    controllers: [TasksController, KeysController, RegistryQueries],
    providers: [
      { provide: TaskBook, useValue: book },
      { provide: KEY_HANDLER, useValue: keyHandler },
      { provide: REGISTRY_READER, useValue: reader },
      { provide: SUGGEST_TASK, useValue: suggest },
      { provide: RANDOM_BYTES, useValue: randomBytes },
      { provide: CLOCK, useValue: clock },
    ],
  };
}
