/** Starting runs and waiting for them. */
export { isFinished } from './run-waits.js';
export { RunCalls, type RunCall, type RunCallsOptions, type StartedRun } from './run-calls.js';
export { type Gone } from './finished-runs.js';
