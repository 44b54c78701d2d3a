/**
 * Moves every deployment on that has not come to rest: builds, starts, tests, activates, drains, stops. Only one deployer does it at a time; the
 * view names the candidates, and each step decides on the log.
 */
import { type DeploymentId, type DeploymentStage } from '#contracts';
import { LeaderLock, type AppendHints } from '#event-store';
import { type Clock, ServiceLoop, type Startable } from '#lifecycle';
import { type Logger } from '#observability';
import { type Pool } from 'pg';
import { type DeploymentBook } from '../commands/deployment-book.js';
import { type Deployment, stageOf, supersededAmong, taskNamesOf } from '../deployment/index.js';
import { type Pipeline } from '../pipeline/pipeline.js';
import { type Retirement } from '../pipeline/retirement.js';
import { type LiveDeployment, type LiveDeployments } from '../queries/live-deployments.js';

const INTERVAL_MS = 500;
const AT_ONCE = 2;
const PAUSE_AFTER_FAILURE_MS = 1_000;
const MOST_FAILURES = 30;

export interface AdvanceDeploymentsParts {
  pool: Pool;
  hints: Pick<AppendHints, 'onAppended'>;
  live: LiveDeployments;
  book: DeploymentBook;
  pipeline: Pipeline;
  retirement: Retirement;
  clock: Clock;
  logger: Logger;
  /** What else the leader does, each time it looks. */
  reconcile(live: readonly LiveDeployment[]): Promise<void>;
}

interface Work {
  abort: AbortController;
  done: Promise<void>;
}

export class AdvanceDeploymentsClock implements Startable {
  private readonly lock: LeaderLock;
  private readonly underWay = new Map<DeploymentId, Work>();
  private readonly failures = new Map<DeploymentId, { count: number; notBefore: number }>();
  private leading: Promise<void> | undefined;

  constructor(private readonly parts: AdvanceDeploymentsParts) {
    this.lock = new LeaderLock({ pool: parts.pool, name: 'advance-deployments', logger: parts.logger });
  }

  async start(): Promise<void> {
    this.leading ??= this.lock.run((signal) => this.lead(signal));
  }

  async stop(): Promise<void> {
    await this.lock.stop();
    await this.leading;
  }

  private async lead(signal: AbortSignal): Promise<void> {
    const onError = (error: unknown, name: string): void =>
      this.parts.logger.warn({ err: error }, `${name} failed and will be tried again`);
    const loop = new ServiceLoop({
      name: 'advance-deployments',
      intervalMs: INTERVAL_MS,
      step: () => this.step(),
      onError,
    });
    const unsubscribe = this.parts.hints.onAppended(() => loop.wake(), ['deployment']);
    await loop.start();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    unsubscribe();
    await loop.stop();
    for (const { abort } of this.underWay.values()) abort.abort();
    await Promise.all([...this.underWay.values()].map(({ done }) => done));
  }

  private async step(): Promise<void> {
    const live = await this.parts.live.all();
    await this.supersede(live);
    for (const { id, deployment } of live) this.advance(id, deployment);
    await this.parts.reconcile(live);
  }

  private advance(id: DeploymentId, deployment: Deployment): void {
    if (deployment.status === 'stopping') this.underWay.get(id)?.abort.abort();
    const act = this.actionFor(id, deployment);
    const isResting = (this.failures.get(id)?.notBefore ?? 0) > performance.now();
    if (!act || this.underWay.has(id) || isResting || (stageOf(deployment) && this.isBusy())) return;
    const abort = new AbortController();
    const done = this.carryOut(id, deployment, () => act(abort.signal)).finally(() => this.underWay.delete(id));
    this.underWay.set(id, { abort, done });
  }

  private actionFor(id: DeploymentId, deployment: Deployment): ((signal: AbortSignal) => Promise<void>) | undefined {
    if (stageOf(deployment)) return (signal) => this.takeThrough(id, signal);
    if (deployment.status === 'draining') return () => this.parts.retirement.drain(id, deployment);
    if (deployment.status === 'stopping') return () => this.parts.retirement.stop(id, deployment);
    return undefined;
  }

  private async takeThrough(id: DeploymentId, signal: AbortSignal): Promise<void> {
    await this.parts.pipeline.advance(id, signal);
    const after = await this.parts.book.load(id);
    if (after?.status === 'failed') await this.parts.retirement.removeTraces(id, after);
  }

  private isBusy(): boolean {
    return this.underWay.size >= AT_ONCE;
  }

  /** What cannot be done because something is away is done later; what never works ends the deployment. */
  private async carryOut(id: DeploymentId, deployment: Deployment, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.failures.delete(id);
    } catch (error) {
      const count = (this.failures.get(id)?.count ?? 0) + 1;
      this.failures.set(id, { count, notBefore: performance.now() + PAUSE_AFTER_FAILURE_MS });
      this.parts.logger.warn(
        { err: error, deployment: id, count },
        'a deployment could not be moved on and will be tried again',
      );
      if (count >= MOST_FAILURES) await this.giveUp(id, deployment, error);
    }
  }

  private async giveUp(id: DeploymentId, deployment: Deployment, error: unknown): Promise<void> {
    const stage: DeploymentStage | null = stageOf(deployment);
    const message = `Gave up after ${MOST_FAILURES} tries: ${error instanceof Error ? error.message : String(error)}`;
    if (stage)
      await this.parts.book.record(id, {
        type: 'Fail',
        at: this.parts.clock.now(),
        stage,
        code: 'start.failed',
        message,
        log: [],
      });
  }

  private async supersede(live: readonly LiveDeployment[]): Promise<void> {
    const active = live.flatMap(({ id, deployment }) =>
      deployment.status === 'active'
        ? [{ id, activatedAt: deployment.activatedAt ?? 0, tasks: taskNamesOf(deployment) }]
        : [],
    );
    for (const { id, by } of supersededAmong(active)) {
      await this.parts.book.record(id, { type: 'Supersede', at: this.parts.clock.now(), byDeploymentId: by });
    }
  }
}
