/** How `import { task } from 'tasksmith'` finds the worker that it runs in. */

/** What a task's module can import from `tasksmith`. */
export const AUTHORING_EXPORTS = [
  'task',
  'progress',
  'log',
  'sleep',
  'currentRun',
  'TaskError',
  'SoftTimeLimitExceeded',
  'TaskCancelled',
] as const;

/** The slot's thread leaves the authoring functions under this symbol of the global scope. */
export const AUTHORING_KEY = 'tasksmith.authoring';

export const SHIM_CODE = `export const { ${AUTHORING_EXPORTS.join(', ')} } = globalThis[Symbol.for('${AUTHORING_KEY}')];\n`;
