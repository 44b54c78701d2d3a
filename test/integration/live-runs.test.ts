import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunId } from '#contracts';
import { type Sql } from '#event-store';
import { LiveRuns } from '../../apps/dispatcher/queries/live-runs.js';
import { openWorld, type World } from './event-store/world.js';

const RUNS = 6_000;
const PAGE = 400;

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.pool.query(`
    INSERT INTO runs (run_id, task, queue, lane, status, priority, attempt, accepted_at)
    SELECT gen_random_uuid(), 'add', 'q', 'q/1', CASE n % 3 WHEN 0 THEN 'waiting' WHEN 1 THEN 'running' ELSE 'succeeded' END, 5, 0, n
    FROM generate_series(1, ${RUNS}) AS n`);
});
afterAll(() => world.close());

/** Carries out each query and keeps the plan that its connection has for it. */
function explaining(plans: string[]): Sql {
  return {
    async query(text, values = []) {
      const client = await world.pool.connect();
      try {
        await client.query(`PREPARE live AS ${text}`);
        const execute = `EXECUTE live (${values.map((value) => `'${String(value)}'`).join(', ')})`;
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, TIMING OFF) ${execute}`);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return await client.query(execute);
      } finally {
        await client.query('DEALLOCATE ALL');
        client.release();
      }
    },
  };
}

describe('the pages of live runs', () => {
  it('hold each of them once, and each page begins where the last one ended', async () => {
    const plans: string[] = [];
    const live = new LiveRuns(explaining(plans));
    const found: RunId[] = [];
    for (;;) {
      const page = await live.page({ after: found.at(-1) ?? null, now: RUNS, limit: PAGE });
      found.push(...page.map(({ runId }) => runId));
      if (page.length < PAGE) break;
    }
    const alive = (RUNS * 2) / 3;
    expect(new Set(found).size).toBe(alive);
    expect(found).toHaveLength(alive);
    expect(plans.length).toBe(alive / PAGE + 1);
    for (const plan of plans) {
      expect(plan).toContain('_run_id_idx');
      expect(plan).not.toMatch(/Rows Removed by Filter|Seq Scan/);
    }
  });
});
