/** The tasks of a loaded bundle, by name. */
import { type CompiledBundle } from '../bundle/compile.js';
import { definedTasks, type Handler, type TaskOptions } from './authoring.js';
import { type TaskDescription } from './messages.js';

export interface LoadedTask {
  handler: Handler<Record<string, unknown>>;
  describe(): TaskDescription;
  /** Why the arguments do not fit, or null. Only names are looked at: types are the platform's to check, before the run is accepted. */
  refuse(args: Record<string, unknown>): string | null;
}

/** Imports the modules. @throws whatever the modules throw, and Error when they hold no tasks. */
export async function loadTasks(bundle: CompiledBundle): Promise<Map<string, LoadedTask>> {
  const named: { options: TaskOptions; handler: Handler }[] = [];
  for (const { path, url, functions } of bundle.modules) {
    const exports = (await import(url)) as Record<string, unknown>;
    for (const { exportName, isImplied, ...options } of functions) {
      if (isImplied && definedTasks().some(({ options: { name } }) => name === options.name)) continue;
      const handler = exports[exportName] ?? (exports.default as Record<string, unknown> | undefined)?.[exportName];
      if (typeof handler !== 'function')
        throw new Error(`${path} exports no function "${exportName}" for task "${options.name}"`);
      named.push({ options: options as TaskOptions, handler: handler as Handler });
    }
  }
  return byName([...definedTasks(), ...named]);
}

function byName(found: { options: TaskOptions; handler: Handler }[]): Map<string, LoadedTask> {
  const tasks = new Map<string, LoadedTask>();
  for (const { options, handler } of found) {
    if (tasks.has(options.name)) throw new Error(`two tasks are named "${options.name}"`);
    tasks.set(options.name, loaded(options, handler as Handler<Record<string, unknown>>));
  }
  if (tasks.size === 0)
    throw new Error('the bundle holds no task: use task({ name: ... }, ...), or name functions in tasksmith.json');
  return tasks;
}

function loaded(options: TaskOptions, handler: LoadedTask['handler']): LoadedTask {
  const parameters = options.parameters ?? { type: 'object' };
  const known = new Set(Object.keys((parameters.properties ?? {}) as object));
  const required = (parameters.required ?? []) as string[];
  const isClosed = parameters.additionalProperties === false;
  return {
    handler,
    describe: () => ({
      name: options.name,
      description: options.description ?? '',
      parameters,
      result: options.result ?? {},
    }),
    refuse(args) {
      for (const name of required) if (!Object.hasOwn(args, name)) return `the argument "${name}" is missing`;
      if (isClosed) for (const name in args) if (!known.has(name)) return `the task takes no argument "${name}"`;
      return null;
    },
  };
}
