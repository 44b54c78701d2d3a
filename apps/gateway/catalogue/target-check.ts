/** Looks at what a schedule is to start when the schedule is made or changed: one that can only fail helps nobody. */
import { isRefused, type Refused, type ScheduleTarget } from '#contracts';
import { checkArguments } from './arguments-check.js';
import { type Catalogue, type ServedTask } from './catalogue.js';

/** The task that serves the target now, or what a run of it would be refused with. */
export async function resolveTarget(
  catalogue: Pick<Catalogue, 'resolve'>,
  target: { task: string; arguments: ScheduleTarget['arguments'] },
): Promise<ServedTask | Refused> {
  const task = await catalogue.resolve(target.task);
  return isRefused(task) ? task : (checkArguments(task, target.arguments) ?? task);
}
