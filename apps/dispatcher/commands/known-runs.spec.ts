import { expect, it } from 'vitest';
import { type Lane, type Moment, RunPolicies, type RunId } from '#contracts';
import { newId } from '#lifecycle';
import { absentRun } from '../run/run.evolve.js';
import { type Run } from '../run/run.js';
import { type Known, KnownRuns } from './known-runs.js';

const policies = RunPolicies.parse({});
const accepted: Run = { ...absentRun, status: 'waiting', lane: 'a' as Lane, policies };
const known = (run: Partial<Run> = {}, version = 1): Known => ({ run: { ...accepted, ...run }, version, view: null });
const runIds = (count: number) => Array.from({ length: count }, () => newId() as RunId);

it('keeps one object for all runs that were accepted alike, in one message or in several', () => {
  const runs = new KnownRuns();
  const [one, same, later, other] = runIds(4);
  runs.set(one!, known());
  runs.set(same!, known());
  runs.set(other!, known({ priority: 3 }));
  runs.set(later!, known({ policies: RunPolicies.parse({}) }));
  expect(runs.get(same!)).toBe(runs.get(one!));
  expect(runs.get(later!)).toBe(runs.get(one!));
  expect(runs.get(other!)).toEqual(known({ priority: 3 }));
});

it.each<Partial<Run>>([
  { lane: 'b' as Lane },
  { priority: 1 },
  { waiter: 'gateway' },
  { notBefore: 5 as Moment },
  { policies: RunPolicies.parse({ hardLimitMs: 1_000 }) },
])('tells apart what differs in %o', (difference) => {
  const runs = new KnownRuns();
  const [one, other] = runIds(2);
  runs.set(one!, known());
  runs.set(other!, known(difference));
  expect(runs.get(one!)).toEqual(known());
  expect(runs.get(other!)).toEqual(known(difference));
});

it('knows what came last of a run, and forgets it when told', () => {
  const runs = new KnownRuns();
  const [runId] = runIds(1);
  runs.set(runId!, known());
  runs.set(runId!, known({ status: 'running', attempt: 1 }, 2));
  expect(runs.get(runId!)).toEqual(known({ status: 'running', attempt: 1 }, 2));
  runs.delete(runId!);
  expect(runs.get(runId!)).toBeUndefined();
});

it('lets the oldest make room, the accepted for the accepted and the others for the others', () => {
  const runs = new KnownRuns({ accepted: 3, others: 2 });
  const [waiting, moved] = [runIds(4), runIds(3)];
  for (const runId of waiting) runs.set(runId, known());
  for (const runId of moved) runs.set(runId, known({ status: 'running' }, 2));
  expect([...waiting, ...moved].map((runId) => runs.get(runId) !== undefined)).toEqual([
    ...[false, true, true, true],
    ...[false, true, true],
  ]);
});

it('keeps those that may not start yet with the others, for no two are alike', () => {
  const runs = new KnownRuns({ accepted: 10, others: 2 });
  const delayed = runIds(3);
  delayed.forEach((runId, n) => runs.set(runId, known({ notBefore: n as Moment })));
  expect(delayed.map((runId) => runs.get(runId)?.run.notBefore)).toEqual([undefined, 1, 2]);
});

it('lets a hundredth make room at once', () => {
  const runs = new KnownRuns({ accepted: 300, others: 1 });
  const all = runIds(301);
  for (const runId of all) runs.set(runId, known());
  expect(all.filter((runId) => !runs.get(runId))).toEqual(all.slice(0, 3));
});
