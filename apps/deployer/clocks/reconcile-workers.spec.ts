import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeploymentId, type QueueName, type TaskName } from '#contracts';
import { newId } from '#lifecycle';
import { silentLogger } from '#observability';
import { DeploymentFolders } from '../bundles/index.js';
import { type Deployment } from '../deployment/index.js';
import { ReconcileWorkers, type ReconcileWorkersParts } from './reconcile-workers.js';

let base: string;
beforeEach(() => void (base = mkdtempSync(join(tmpdir(), 'tasksmith-folders-'))));
afterEach(() => rmSync(base, { recursive: true }));

/** A log that knows these deployments, a host without workers and a disk with folders. */
function reconciling(known: ReadonlyMap<DeploymentId, { endedAt: number | null }>) {
  const folders = new DeploymentFolders(base);
  const host = { deployments: async () => [], remove: vi.fn(async () => undefined) };
  const parts = {
    folders,
    host,
    book: { load: async (id: DeploymentId) => (known.get(id) as Deployment | undefined) ?? null },
    clock: { now: () => Date.now() },
    logger: silentLogger,
  };
  return { host, reconcile: new ReconcileWorkers(parts as unknown as ReconcileWorkersParts) };
}

function folder({ minutesOld }: { minutesOld: number }): { id: DeploymentId; path: string } {
  const id = newId() as DeploymentId;
  const path = new DeploymentFolders(base).pathOf({ task: 'add' as TaskName, queue: 'main' as QueueName, id });
  mkdirSync(path);
  const at = Date.now() / 1_000 - minutesOld * 60;
  utimesSync(path, at, at);
  return { id, path };
}

describe('what is left of deployments', () => {
  it('is removed once they have ended, and not before', async () => {
    const ended = folder({ minutesOld: 0 });
    const building = folder({ minutesOld: 60 });
    const { host, reconcile } = reconciling(
      new Map([
        [ended.id, { endedAt: 1 }],
        [building.id, { endedAt: null }],
      ]),
    );
    await reconcile.reconcile([]);
    expect(existsSync(ended.path)).toBe(false);
    expect(existsSync(building.path)).toBe(true);
    expect(host.remove.mock.calls).toEqual([[ended.id]]);
  });

  it('stays while it may belong to one that is being recorded', async () => {
    const beginning = folder({ minutesOld: 1 });
    const abandoned = folder({ minutesOld: 20 });
    const { reconcile } = reconciling(new Map());
    await reconcile.reconcile([]);
    expect(existsSync(beginning.path)).toBe(true);
    expect(existsSync(abandoned.path)).toBe(false);
  });
});
