/**
 * Takes one deployment from stored to active, or to failed at a named stage.
 * Every step may be repeated: a deployer that dies in the middle is followed by one that goes on where the log says.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  type DeploymentId,
  type DeploymentStage,
  GetLaneLoad,
  isRefused,
  laneOf,
  PublishTaskVersions,
  type Refusal,
  type RefusalCode,
} from '#contracts';
import { type Clock } from '#lifecycle';
import { type Requester } from '#messaging';
import { type BundleStore, type DeploymentFolders } from '../bundles/index.js';
import { type DeploymentBook } from '../commands/deployment-book.js';
import { complete, type Deployment, stageOf } from '../deployment/index.js';
import { HostFailure, type HostedDeployment, type WorkerHost } from '../hosts/index.js';
import { type LaneAccess } from '../lanes/lane-access.js';
import { type SmokeTests } from '../smoke-tests/smoke-tests.js';
import { hostedOf } from './hosted.js';
import { LogLines } from './log-lines.js';

const WORKERS_READY_WITHIN_MS = 30_000;
const CRASH_LOOP_RESTARTS = 3;
const LOG_TAIL = 40;

export interface PipelineParts {
  book: DeploymentBook;
  store: BundleStore;
  folders: DeploymentFolders;
  host: WorkerHost;
  lanes: LaneAccess;
  smokeTests: SmokeTests;
  requester: Requester;
  clock: Clock;
}

/** A refusal on the way is the end of the deployment, in the refusal's own words. */
class StepRefused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/** A server that this stage needs is away: the stage is tried again. */
class TryAgain extends Error {}

export class Pipeline {
  constructor(private readonly parts: PipelineParts) {}

  /** Goes on until the deployment is active, has failed or is to stop. @throws when a server is away: try again. */
  async advance(id: DeploymentId, signal: AbortSignal): Promise<void> {
    for (;;) {
      const deployment = await this.parts.book.load(id);
      const stage = deployment && stageOf(deployment);
      if (!deployment || !stage || signal.aborted) return;
      await this.carryOut(stage, id, deployment, signal);
    }
  }

  private async carryOut(
    stage: DeploymentStage,
    id: DeploymentId,
    deployment: Deployment,
    signal: AbortSignal,
  ): Promise<void> {
    const lines = new LogLines(stage, (text) =>
      this.parts.book.record(id, { type: 'AddLog', at: this.now(), stage, lines: text }),
    );
    try {
      await this.step(stage, id, deployment, { lines, signal });
      await lines.flush();
    } catch (error) {
      await lines.flush();
      if (signal.aborted) return;
      const failure = failureOf(error);
      if (!failure) throw error;
      await this.parts.book.record(id, { type: 'Fail', at: this.now(), stage, ...failure });
    }
  }

  private step(stage: DeploymentStage, id: DeploymentId, deployment: Deployment, context: StepContext): Promise<void> {
    switch (stage) {
      case 'storing':
      case 'building':
        return this.build(id, deployment, context);
      case 'starting':
        return this.start(id, deployment, context);
      case 'testing':
        return this.test(id, deployment, context);
      case 'activating':
        return this.activate(id, deployment);
    }
  }

  private async build(id: DeploymentId, deployment: Deployment, { lines, signal }: StepContext): Promise<void> {
    const { book, folders, host, store } = this.parts;
    const startedAt = performance.now();
    await book.record(id, { type: 'StartBuild', at: this.now(), host: host.kind });
    const hosted = hostedOf(id, deployment, store);
    await folders.layOut(hosted.path, await store.load(deployment.requested.bundleSha256));
    const { image, tasks: described } = await host.prepare(hosted, { log: (line) => lines.add(line), signal });
    const tasks = complete(deployment.requested, described);
    if (isRefused(tasks)) throw new StepRefused(tasks.refusal);
    await lines.flush();
    await book.record(id, { type: 'RecordBuilt', at: this.now(), image, tasks, durationMs: since(startedAt) });
  }

  private async start(id: DeploymentId, deployment: Deployment, { lines, signal }: StepContext): Promise<void> {
    const { book, host, lanes, store } = this.parts;
    const { queue, concurrency } = deployment.requested;
    const startedAt = performance.now();
    await lanes.grant({ id, queue });
    const hosted = hostedOf(id, deployment, store);
    const workers = await host.start(hosted, lanes.settingsFor({ id, queue }, { concurrency }));
    lines.add(`Started ${workers.map(({ name, handle }) => `${name} (${handle.slice(0, 12)})`).join(', ')}.`);
    await this.untilWorkersAreReady(hosted, signal);
    await lines.flush();
    await book.record(id, { type: 'RecordWorkersStarted', at: this.now(), workers, durationMs: since(startedAt) });
  }

  /** Ready means that a worker has said so on its lane; one that dies again and again never will. */
  private async untilWorkersAreReady({ id, queue }: HostedDeployment, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + WORKERS_READY_WITHIN_MS;
    const lane = laneOf(queue, id);
    while (!signal.aborted) {
      const load = await this.parts.requester.request(GetLaneLoad, { lane });
      if (isRefused(load)) throw new TryAgain(load.refusal.message);
      if (load.workers > 0) return;
      const failure = await this.crashLoop(id);
      if (failure) throw failure;
      if (performance.now() > deadline)
        throw await this.startFailure(id, `No worker was ready within ${WORKERS_READY_WITHIN_MS / 1_000} s`);
      await pause(50);
    }
  }

  private async crashLoop(id: DeploymentId): Promise<HostFailure | undefined> {
    const workers = (await this.parts.host.list()).filter(({ deploymentId }) => deploymentId === id);
    const looping = workers.find(({ restarts, state }) => restarts >= CRASH_LOOP_RESTARTS || state === 'missing');
    return looping && this.startFailure(id, `Worker ${looping.name} ends as soon as it is started: ${looping.detail}`);
  }

  private async startFailure(id: DeploymentId, message: string): Promise<HostFailure> {
    const logs = await this.parts.host.logs(id, LOG_TAIL);
    return new HostFailure('start.failed', message, logs.flatMap(({ lines }) => lines).slice(-LOG_TAIL));
  }

  private async test(id: DeploymentId, deployment: Deployment, { lines, signal }: StepContext): Promise<void> {
    const startedAt = performance.now();
    const results = await this.parts.smokeTests.run(id, deployment, signal);
    for (const { task, passed, message } of results) lines.add(`${passed ? 'passed' : 'FAILED'}: ${task}: ${message}`);
    await lines.flush();
    await this.parts.book.record(id, { type: 'RecordTested', at: this.now(), results, durationMs: since(startedAt) });
  }

  private async activate(id: DeploymentId, deployment: Deployment): Promise<void> {
    const { category, queue } = deployment.requested;
    const declarations = [...deployment.declarations];
    const published = await this.parts.requester.request(PublishTaskVersions, {
      actor: deployment.requested.by,
      deploymentId: id,
      category,
      queue,
      declarations,
    });
    if (isRefused(published) && published.refusal.code === 'service.unavailable')
      throw new TryAgain(published.refusal.message);
    if (isRefused(published)) throw new StepRefused(published.refusal);
    await this.parts.book.record(id, { type: 'Activate', at: this.now() });
  }

  private now(): number {
    return this.parts.clock.now();
  }
}

interface StepContext {
  lines: LogLines;
  signal: AbortSignal;
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

/** What ends the deployment; nothing when trying again may help. */
function failureOf(error: unknown): { code: RefusalCode; message: string; log: string[] } | undefined {
  if (error instanceof HostFailure) return { code: error.code, message: error.message, log: [...error.log] };
  if (!(error instanceof StepRefused)) return undefined;
  const { code, message, hint } = error.refusal;
  return { code, message, log: hint ? [hint] : [] };
}
