/** Bundles in Postgres, and laid out on disk. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentId, isRefused, type QueueName, type TaskName } from '#contracts';
import { openPool } from '#event-store';
import { newId } from '#lifecycle';
import { createPrivateSchema, type PrivateSchema } from '#testing';
import {
  type Bundle,
  BundleStore,
  DeploymentFolders,
  limitsOf,
  openBundle,
} from '../../apps/deployer/bundles/index.js';

let schema: PrivateSchema;
let pool: Pool;
let store: BundleStore;
const base = mkdtempSync(join(tmpdir(), 'tasksmith-bundles-'));
const folders = new DeploymentFolders(base);

beforeAll(async () => {
  schema = await createPrivateSchema(process.env['DATABASE_URL']!);
  pool = openPool(schema.url, { max: 2, applicationName: 'bundles-test' });
  store = new BundleStore(pool);
});
afterAll(async () => {
  await pool.end();
  await schema.drop();
  rmSync(base, { recursive: true, force: true });
});

describe('the store of bundles', () => {
  it('gives back every byte, also after the same bundle was saved twice', async () => {
    const bundle = await bundleOf({ 'main.py': 'print("é")\n', 'data/zeros.bin': '\0'.repeat(100_000) });
    await store.save(bundle);
    await store.save(bundle);
    expect(await store.load(bundle.sha256)).toEqual(bundle);
    const { rows } = await pool.query('SELECT size::int FROM bundles WHERE sha256 = $1', [bundle.sha256]);
    expect(rows).toEqual([{ size: bundle.bytes }]);
  });

  it('hands out nothing that is absent, or is not what it was', async () => {
    const [one, other] = [await bundleOf({ 'main.py': '1' }), await bundleOf({ 'main.py': '2' })];
    await store.save(one);
    await expect(store.load(other.sha256)).rejects.toThrow(/is not in the store/);
    await pool.query('UPDATE bundles SET sha256 = $2 WHERE sha256 = $1', [one.sha256, other.sha256]);
    await expect(store.load(other.sha256)).rejects.toThrow(/is damaged/);
  });
});

describe('the folder of a deployment', () => {
  it('has the files of the bundle, and keeps those of the platform to itself', async () => {
    const path = folders.pathOf(named());
    await folders.layOut(path, await bundleOf({ 'main.py': 'x = 1', 'lib/deep/a.py': 'y = 2' }));
    expect(readFileSync(join(path, 'lib/deep/a.py'), 'utf8')).toBe('y = 2');
    expect(statSync(join(path, 'main.py')).mode & 0o777).toBe(0o644);
    expect(statSync(join(path, '.tasksmith')).mode & 0o777).toBe(0o700);
  });

  it('is laid out anew when that was interrupted, and left alone when it was not', async () => {
    const path = folders.pathOf(named());
    const bundle = await bundleOf({ 'main.py': 'whole' });
    await folders.layOut(path, bundle);
    writeFileSync(join(path, 'main.py'), 'changed by the task');
    await folders.layOut(path, bundle);
    expect(readFileSync(join(path, 'main.py'), 'utf8')).toBe('changed by the task');
    rmSync(join(path, '.tasksmith/laid-out'));
    await folders.layOut(path, bundle);
    expect(readFileSync(join(path, 'main.py'), 'utf8')).toBe('whole');
  });

  it('is found by its deployment, and gone when it is removed', async () => {
    const name = named();
    const path = folders.pathOf(name);
    await folders.layOut(path, await bundleOf({ 'main.py': '' }));
    expect(await folders.list()).toContainEqual({ id: name.id, path });
    await folders.remove(path);
    await folders.remove(path);
    expect((await folders.list()).map(({ id }) => id)).not.toContain(name.id);
  });
});

const named = () => ({ id: newId() as DeploymentId, task: 'word_stats' as TaskName, queue: 'default' as QueueName });

async function bundleOf(code: Record<string, string>): Promise<Bundle> {
  const files = Object.entries(code).map(([path, content]) => ({ path, content, encoding: 'utf8' as const }));
  const bundle = await openBundle({ kind: 'files', files }, { limits: limitsOf(1_000_000), folders: [] });
  if (isRefused(bundle)) throw new Error(bundle.refusal.message);
  return bundle;
}
