/** What to do next, in the names of a tool set: an answer must never send an agent to a tool that it does not have. */

export interface Wording {
  /** Runs a task and waits. */
  readonly trigger: string;
  /** Starts a task. */
  readonly send: string;
  /** Tells what became of a run. */
  readonly result: string;
  /** Finds tasks. */
  readonly search: string;
  /** Writes the files of a task. */
  readonly generate: string;
  readonly listDeployments: string;
  /** Sentences that differ by more than a name. */
  askForRun(runId: string): string;
  readonly askForDeployment: string;
  readonly seeAttempts: string;
  readonly runAgain: string;
}

export const nativeWording: Wording = {
  trigger: 'trigger_task',
  send: 'send_task',
  result: 'get_task_result',
  search: 'search_tasks',
  generate: 'generate_task_code',
  listDeployments: 'list_deployments',
  askForRun: (runId) => `Call get_task_result with task_id ${runId} in about 5 seconds, or with wait_ms.`,
  askForDeployment:
    'Call get_deployment with this deployment_id in about 10 seconds, until its status is active or failed.',
  seeAttempts: 'See get_run_events for every attempt.',
  runAgain: 'retry_task runs it again.',
};

/** This tool set has no tool for one deployment, for the history of a run, or for running it again. */
export const mcsWording: Wording = {
  trigger: 'trigger_celery_task',
  send: 'send_celery_task',
  result: 'get_celery_result',
  search: 'get_available_tasks',
  generate: 'generate_startMain_code',
  listDeployments: 'list_deployed_tasks',
  askForRun: (runId) => `Call get_celery_result with task_id ${runId} in about 5 seconds.`,
  askForDeployment:
    'Call list_deployed_tasks in about 10 seconds, until its status is active there. When it is not there, it has failed: the resource tasksmith://deployments/{id}/log tells why.',
  seeAttempts: 'The resource tasksmith://runs/{id}/events has every attempt.',
  runAgain: 'Call it once more with trigger_celery_task or send_celery_task.',
};
