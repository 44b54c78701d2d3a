/** Helps a caller who misspelt a task: the refusal names the nearest task that there is. */
import { Refused, type TaskName } from '#contracts';

/** The nearest known name; undefined when none is near. */
export type SuggestTask = (name: TaskName) => Promise<TaskName | undefined>;

export async function withSuggestion(
  refused: Refused,
  { task, suggest }: { task: TaskName; suggest: SuggestTask },
): Promise<Refused> {
  if (refused.refusal.code !== 'task.unknown') return refused;
  // The refusal stands whether or not the names can be read now.
  const nearest = await suggest(task).catch(() => undefined);
  const hint = nearest ? `Did you mean ${nearest}?` : 'List or search the tasks to see those there are.';
  return new Refused({ ...refused.refusal, hint, ...(nearest && { details: { nearest } }) });
}
