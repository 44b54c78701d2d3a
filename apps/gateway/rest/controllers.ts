/** Every controller of the REST API, in the order in which the documents show them. */
import { DeploymentsController } from './deployments.controller.js';
import { EventsController } from './events.controller.js';
import { KeysController } from './keys.controller.js';
import { QueuesController } from './queues.controller.js';
import { routesOf } from './handles.js';
import { type AnyRoute } from './route.js';
import { RunsController } from './runs.controller.js';
import { SchedulesController } from './schedules.controller.js';
import { SystemController } from './system.controller.js';
import { TasksController } from './tasks.controller.js';
import { WorkersController } from './workers.controller.js';

export const controllers = {
  tasks: TasksController,
  runs: RunsController,
  deployments: DeploymentsController,
  schedules: SchedulesController,
  queues: QueuesController,
  workers: WorkersController,
  events: EventsController,
  keys: KeysController,
  system: SystemController,
} as const;

export interface NamedRoute {
  /** The noun it belongs to. */
  noun: string;
  /** What it does, as the method of the controller is called. */
  name: string;
  route: AnyRoute;
}

export function allRoutes(): NamedRoute[] {
  return Object.entries(controllers).flatMap(([noun, controller]) =>
    routesOf(controller).map((one) => ({ noun, ...one })),
  );
}
