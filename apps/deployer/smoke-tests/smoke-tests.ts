/** Calls the tasks of a deployment through its own lane of the queue, before anybody else may. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  AcceptRuns,
  type DeploymentId,
  GetRun,
  isRefused,
  laneOf,
  type OutputOf,
  RunPolicies,
  type RunId,
  type RunView,
  type SmokeTest,
  type SmokeTestResult,
} from '#contracts';
import { newId } from '#lifecycle';
import { type Requester } from '#messaging';
import { type Deployment } from '../deployment/index.js';
import { judge } from './judge.js';

const LONGEST_TEST_MS = 60_000;
const WAIT_LONGER_MS = 30_000;

type Accepted = OutputOf<typeof AcceptRuns>['answers'][number];

export class SmokeTests {
  constructor(private readonly requester: Requester) {}

  /** One result for each test, in order. @throws when the dispatcher is away: try again. */
  async run(id: DeploymentId, deployment: Deployment, signal: AbortSignal): Promise<SmokeTestResult[]> {
    const { smokeTests } = deployment.requested;
    const accepted = await this.accept(id, deployment, smokeTests);
    return Promise.all(smokeTests.map((test, n) => this.resultOf(test, accepted[n]!, signal)));
  }

  private async accept(id: DeploymentId, deployment: Deployment, tests: readonly SmokeTest[]): Promise<Accepted[]> {
    if (tests.length === 0) return [];
    const { queue } = deployment.requested;
    const targets = tests.map((test) => ({
      task: test.task,
      taskVersion: null,
      queue,
      lane: laneOf(queue, id),
      deploymentId: id,
      policies: policiesOf(deployment, test),
    }));
    const runs = tests.map((test, target) => ({ target, runId: newId() as RunId, arguments: test.arguments }));
    const answer = await this.requester.request(AcceptRuns, { actor: `deployment:${id}`, targets, runs });
    if (isRefused(answer)) throw new Error(answer.refusal.message);
    return answer.answers;
  }

  private async resultOf(test: SmokeTest, accepted: Accepted, signal: AbortSignal): Promise<SmokeTestResult> {
    if ('refusal' in accepted)
      return { task: test.task, runId: null, passed: false, message: accepted.refusal.message };
    const { runId } = accepted;
    const deadline = performance.now() + LONGEST_TEST_MS + WAIT_LONGER_MS;
    for (let wait = 10; !signal.aborted && performance.now() < deadline; wait = Math.min(wait * 1.5, 250)) {
      const run = await this.requester.request(GetRun, { runId });
      if (!isRefused(run) && run.finishedAt !== null) return { task: test.task, runId, ...verdictOf(test, run) };
      await pause(wait);
    }
    return {
      task: test.task,
      runId,
      passed: false,
      message: `no result within ${(LONGEST_TEST_MS + WAIT_LONGER_MS) / 1_000} s`,
    };
  }
}

function policiesOf({ declarations }: Deployment, { task }: SmokeTest): RunPolicies {
  const policies = RunPolicies.parse(declarations.find(({ name }) => name === task)?.policies ?? {});
  return {
    ...policies,
    softLimitMs: Math.min(policies.softLimitMs, LONGEST_TEST_MS),
    hardLimitMs: Math.min(policies.hardLimitMs, LONGEST_TEST_MS),
  };
}

function verdictOf(test: SmokeTest, run: RunView): Pick<SmokeTestResult, 'passed' | 'message' | 'result'> {
  if (run.status !== 'succeeded') {
    const why = run.error ? `: ${run.error.type}: ${run.error.message}` : '';
    return { passed: false, message: `the run ${run.status}${why}` };
  }
  return { ...judge(test, run.result), result: run.result };
}
