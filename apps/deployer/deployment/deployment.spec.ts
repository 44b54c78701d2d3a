import { describe, expect, it } from 'vitest';
import {
  type DeploymentEvent,
  type DeploymentId,
  isRefused,
  type QueueName,
  type SmokeTestResult,
  type TaskDeclaration,
  type TaskName,
} from '#contracts';
import { fold } from '../../../libs/event-store/decider.js';
import { type DeploymentCommand } from './deployment.commands.js';
import { MAX_LOG_LINES } from './deployment.decide.js';
import { deploymentDecider } from './deployment.decider.js';
import { stageOf } from './deployment.state.js';
import { viewOf } from './deployment.view.js';

const at = 1_760_000_000_000;
const task = 'word_stats' as TaskName;
const declaration: TaskDeclaration = {
  name: task,
  description: '',
  argumentsSchema: {},
  resultSchema: {},
  policies: {},
};
const worker = { name: 'word_stats_default_worker', handle: '42', tier: 'process' as const };
const passed: SmokeTestResult = { task, runId: null, passed: true, message: 'as expected' };
const failed: SmokeTestResult = { ...passed, passed: false, message: 'got 3, expected 4' };

const request = {
  at,
  task,
  description: 'Counts words',
  category: 'text',
  queue: 'default' as QueueName,
  runtime: 'python' as const,
  entry: 'main.py',
  bundleSha256: 'a'.repeat(64),
  files: [{ path: 'main.py', size: 3 }],
  declarations: [{ name: task, description: '', policies: {} }],
  smokeTests: [],
  replicas: 1,
  concurrency: 4,
  by: 'key:abc',
};
const requested: DeploymentEvent = { type: 'DeploymentRequested', ...request };
const stored: DeploymentEvent = { type: 'DeploymentStored', at, path: '/d/x' };
const buildStarted: DeploymentEvent = { type: 'DeploymentBuildStarted', at, host: 'process' };
const built: DeploymentEvent = { type: 'DeploymentBuilt', at, image: 'none', tasks: [declaration], durationMs: 5 };
const started: DeploymentEvent = { type: 'DeploymentWorkersStarted', at, workers: [worker], durationMs: 6 };
const tested: DeploymentEvent = { type: 'DeploymentTested', at, results: [passed], durationMs: 7 };
const activated: DeploymentEvent = { type: 'DeploymentActivated', at };
const superseded: DeploymentEvent = { type: 'DeploymentSuperseded', at, byDeploymentId: 'b' };
const stopRequested: DeploymentEvent = { type: 'DeploymentStopRequested', at, by: 'key:abc', reason: 'enough' };
const testFailed: DeploymentEvent = {
  type: 'DeploymentFailed',
  at,
  stage: 'testing',
  code: 'test.failed',
  message: '1 of 2 smoke tests failed: word_stats: got 3, expected 4',
  log: ['word_stats: got 3, expected 4'],
};
const logged = (count: number): DeploymentEvent => ({
  type: 'DeploymentLogged',
  at,
  stage: 'building',
  lines: Array.from({ length: count }, () => 'line'),
});
const upTo = {
  stored: [requested, stored],
  building: [requested, stored, buildStarted],
  starting: [requested, stored, buildStarted, built],
  testing: [requested, stored, buildStarted, built, started],
  activating: [requested, stored, buildStarted, built, started, tested],
  active: [requested, stored, buildStarted, built, started, tested, activated],
};

const given = (...events: DeploymentEvent[]) => ({
  when: (command: DeploymentCommand) => {
    const answer = deploymentDecider.decide(command, fold(deploymentDecider, events));
    return {
      then: (...expected: DeploymentEvent[]) => expect(answer).toEqual(expected),
      thenRefused: (code: string) => expect(isRefused(answer) && answer.refusal.code).toBe(code),
    };
  },
});

const requestDeployment: DeploymentCommand = { type: 'RequestDeployment', path: '/d/x', ...request };
const startBuild: DeploymentCommand = { type: 'StartBuild', at, host: 'process' };
const recordBuilt: DeploymentCommand = { type: 'RecordBuilt', at, image: 'none', tasks: [declaration], durationMs: 5 };
const recordStarted: DeploymentCommand = { type: 'RecordWorkersStarted', at, workers: [worker], durationMs: 6 };
const recordTested = (...results: SmokeTestResult[]): DeploymentCommand => ({
  type: 'RecordTested',
  at,
  results,
  durationMs: 7,
});
const activate: DeploymentCommand = { type: 'Activate', at };
const fail: DeploymentCommand = { type: 'Fail', at, stage: 'building', code: 'build.failed', message: 'no', log: [] };
const stop: DeploymentCommand = { type: 'RequestStop', at, by: 'key:abc', reason: 'enough' };
const supersede: DeploymentCommand = { type: 'Supersede', at, byDeploymentId: 'b' };
const recordStopped: DeploymentCommand = { type: 'RecordStopped', at };

describe('a deployment on its way', () => {
  it('is requested and stored in one', () => {
    given().when(requestDeployment).then(requested, stored);
  });

  it('is requested once, however often it is sent', () => {
    given(...upTo.stored)
      .when(requestDeployment)
      .then();
  });

  it('passes every stage in order', () => {
    given(...upTo.stored)
      .when(startBuild)
      .then(buildStarted);
    given(...upTo.building)
      .when(recordBuilt)
      .then(built);
    given(...upTo.starting)
      .when(recordStarted)
      .then(started);
    given(...upTo.testing)
      .when(recordTested(passed))
      .then(tested);
    given(...upTo.activating)
      .when(activate)
      .then(activated);
  });

  it('is not activated before it was tested', () => {
    given(...upTo.testing)
      .when(activate)
      .then();
  });

  it('takes no notice of a step that was recorded before', () => {
    for (const command of [startBuild, recordBuilt, recordStarted, recordTested(passed), activate, fail])
      given(...upTo.active)
        .when(command)
        .then();
  });

  it('fails when a smoke test did not pass', () => {
    given(...upTo.testing)
      .when(recordTested(passed, failed))
      .then({ ...tested, results: [passed, failed] } as DeploymentEvent, testFailed);
  });

  it('fails at any stage, once', () => {
    for (const events of [upTo.stored, upTo.building, upTo.starting, upTo.testing, upTo.activating])
      given(...events)
        .when(fail)
        .then({ ...fail, type: 'DeploymentFailed' } as DeploymentEvent);
    given(...upTo.testing, testFailed)
      .when(fail)
      .then();
  });

  it('keeps so many lines of its log and says that more were dropped', () => {
    const add = (count: number): DeploymentCommand => ({ ...logged(count), type: 'AddLog' }) as DeploymentCommand;
    given(...upTo.building)
      .when(add(3))
      .then(logged(3));
    given(...upTo.building, logged(MAX_LOG_LINES))
      .when(add(3))
      .then();
    const state = fold(deploymentDecider, [...upTo.building, logged(MAX_LOG_LINES - 2)]);
    const [event] = deploymentDecider.decide(add(9), state) as DeploymentEvent[];
    expect(event).toMatchObject({ lines: ['line', expect.stringContaining('dropped')] });
  });
});

describe('an active deployment', () => {
  it('drains when superseded, then stops', () => {
    given(...upTo.active)
      .when(supersede)
      .then(superseded);
    given(...upTo.active, superseded)
      .when(recordStopped)
      .then({ type: 'DeploymentStopped', at, reason: 'superseded by b' });
  });

  it('does not stop before it drains', () => {
    given(...upTo.active)
      .when(recordStopped)
      .then();
  });

  it('is stopped by request, also while it drains or is on its way', () => {
    for (const events of [upTo.active, [...upTo.active, superseded], upTo.building])
      given(...events)
        .when(stop)
        .then(stopRequested);
    given(...upTo.active, stopRequested)
      .when(recordStopped)
      .then({ type: 'DeploymentStopped', at, reason: 'enough' });
  });

  it('is stopped once: asking again is not an error, but a failed one cannot be stopped', () => {
    given(...upTo.active, stopRequested)
      .when(stop)
      .then();
    given(...upTo.testing, testFailed)
      .when(stop)
      .thenRefused('deployment.not-stoppable');
    given().when(stop).thenRefused('deployment.unknown');
  });

  it('records workers that were started again, and only those', () => {
    given(...upTo.active)
      .when(recordStarted)
      .then();
    const again = { ...recordStarted, workers: [{ ...worker, handle: '43' }] } as DeploymentCommand;
    given(...upTo.active)
      .when(again)
      .then({ ...again, type: 'DeploymentWorkersStarted' } as DeploymentEvent);
    given(...upTo.active, stopRequested)
      .when(again)
      .then();
  });

  it('is seen with what every stage has added', () => {
    const state = fold(deploymentDecider, upTo.active)!;
    expect(stageOf(state)).toBeNull();
    expect(viewOf('0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e' as DeploymentId, state)).toMatchObject({
      status: 'active',
      lane: 'default/0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e',
      tasks: ['word_stats'],
      files: ['main.py'],
      path: '/d/x',
      host: 'process',
      workers: [worker],
      smokeTests: [passed],
      failure: null,
      activatedAt: at,
      endedAt: null,
    });
  });
});
