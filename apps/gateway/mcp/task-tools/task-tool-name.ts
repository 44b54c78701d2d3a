/** The name of the tool that calls a task directly. */

const PREFIX = 'task_';
const allowed = /^[a-z][a-z0-9_]{0,29}$/;

/** Dots become `__`. Undefined when the name would be longer than clients take: such a task is called with trigger_task. */
export function taskToolName(task: string): string | undefined {
  const name = PREFIX + task.replaceAll('.', '__');
  return allowed.test(name) ? name : undefined;
}

/** Names of tasks that a tool's name may mean, the likeliest first. */
export function tasksNamedBy(tool: string): string[] {
  if (!tool.startsWith(PREFIX)) return [];
  const name = tool.slice(PREFIX.length);
  return [...new Set([name, name.replaceAll('__', '.')])];
}
