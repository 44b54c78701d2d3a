/** The scheduler with real servers: changes in force at once, two instances, and the death of the one that leads. */
import { type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '#config';
import {
  CreateSchedule,
  DeleteSchedule,
  GetSchedule,
  type InputOf,
  isRefused,
  ListSchedules,
  type OutputOf,
  PauseSchedule,
  type Refusal,
  type Request,
  ResumeSchedule,
  ReviseSchedule,
  RunScheduleNow,
  type ScheduleEvent,
  type ScheduleRule,
} from '#contracts';
import { newId } from '#lifecycle';
import { NatsStrategy } from '#messaging';
import { openPlatform, type Platform, type ServiceParts } from '#service';
import { createPrivateSchema, type PrivateSchema } from '#testing';
import { assemble, slices } from '../../apps/scheduler/assemble.js';

interface Instance {
  name: string;
  platform: Platform;
  parts: ServiceParts;
  app: INestMicroservice;
}
type Fired = Extract<ScheduleEvent, { type: 'ScheduleFired' }>;

const actor = 'key:test';
const everySecond: ScheduleRule = { kind: 'interval', everyMs: 1_000 };
const hourly: ScheduleRule = { kind: 'cron', expression: '0 * * * *', timeZone: 'UTC' };
const namespace = `sch-${Math.random().toString(36).slice(2, 10)}`;

let schema: PrivateSchema;
const running: Instance[] = [];

beforeAll(async () => {
  schema = await createPrivateSchema(process.env['DATABASE_URL']!);
  running.push(await start('one'), await start('two'));
});

afterAll(async () => {
  await Promise.all(running.map(stop));
  await schema.drop();
});

async function start(name: string): Promise<Instance> {
  const env = {
    ...process.env,
    DATABASE_URL: schema.url,
    TASKSMITH_NAMESPACE: namespace,
    LOG_LEVEL: 'silent',
  };
  const config = readConfig(env, ['database', 'nats', ...slices]);
  const platform = await openPlatform<'common'>(`scheduler-${name}`, config);
  const parts = await assemble(platform);
  const strategy = new NatsStrategy({ connection: platform.nats, namespace, logger: platform.logger });
  const app = await NestFactory.createMicroservice(parts.module, { strategy, logger: false });
  for (const part of parts.startables) await part.start();
  await app.listen();
  return { name, platform, parts, app };
}

async function stop({ platform, parts, app }: Instance): Promise<void> {
  await app.close();
  for (const part of [...parts.startables].reverse()) await part.stop();
  await platform.close();
}

/** As if its host were gone: its sessions end without a word, it gets no new ones, and nobody hears it any more. */
async function kill({ name, platform }: Instance): Promise<void> {
  Object.assign(platform.pool.options, { connectionString: 'postgres://127.0.0.1:1/gone' });
  await platform.nats.close();
  await query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
    `tasksmith-scheduler-${name}`,
  ]);
}

/** The one whose session holds the lock of the clock. */
async function leader(): Promise<Instance> {
  return vi.waitFor(
    async () => {
      const rows = await query<{ application_name: string }>(
        `SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE locktype = 'advisory' AND granted AND objsubid = 1
           AND (classid::bigint << 32) | objid::bigint = hashtextextended($1 || ' leader due schedules', 0)`,
        [schema.schema],
      );
      const found = running.find(({ name }) => rows[0]?.application_name === `tasksmith-scheduler-${name}`);
      if (!found) throw new Error('nobody leads');
      return found;
    },
    { timeout: 10_000 },
  );
}

async function query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: schema.ownerUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function ask<R extends Request>(request: R, input: InputOf<R>): Promise<OutputOf<R>> {
  const answer = await running.at(-1)!.platform.requester.request(request, input);
  if (isRefused(answer)) throw new Error(`${answer.refusal.code}: ${answer.refusal.message}`);
  return answer;
}

async function refusalOf<R extends Request>(request: R, input: InputOf<R>): Promise<Refusal> {
  const answer = await running.at(-1)!.platform.requester.request(request, input);
  if (!isRefused(answer)) throw new Error(`${request.pattern} was not refused`);
  return answer.refusal;
}

async function create(rule: ScheduleRule, scheduleId = newId() as never) {
  return ask(CreateSchedule, { actor, scheduleId, name: 'tick', rule, target: { task: 'unknown_task' as never } });
}

async function firingsOf(scheduleId: string): Promise<Fired[]> {
  const rows = await query<{ data: ScheduleEvent }>(
    `SELECT data FROM events WHERE category = 'schedule' AND stream = $1 ORDER BY version`,
    [`schedule-${scheduleId}`],
  );
  return rows.map(({ data }) => data).filter((event) => event.type === 'ScheduleFired');
}

async function untilFired(scheduleId: string, count: number, timeout: number): Promise<Fired[]> {
  return vi.waitFor(
    async () => {
      const firings = await firingsOf(scheduleId);
      if (firings.length < count) throw new Error(`${firings.length} of ${count} firings`);
      return firings;
    },
    { timeout, interval: 50 },
  );
}

describe('a schedule', () => {
  it('is created once, shown, revised, paused, resumed, deleted', async () => {
    const made = await create(hourly);
    const { scheduleId } = made;
    expect(made).toMatchObject({ name: 'tick', paused: false, firings: 0, lastFiredAt: null });
    expect(await create(hourly, scheduleId as never)).toEqual(made);
    expect(
      (await refusalOf(CreateSchedule, { actor, scheduleId, name: 'x', rule: hourly, target: { task: 'a' as never } }))
        .code,
    ).toBe('idempotency.conflict');
    const shown = await ask(GetSchedule, { scheduleId });
    expect(shown.nextFive.map((at) => at % 3_600_000)).toEqual([0, 0, 0, 0, 0]);
    expect(shown.nextFive[0]).toBe(shown.nextDueAt);

    const rule: ScheduleRule = { kind: 'cron', expression: '30 9 * * *', timeZone: 'Europe/Berlin' };
    expect(await ask(ReviseSchedule, { actor, scheduleId, rule, name: 'daily' })).toMatchObject({
      rule,
      name: 'daily',
    });
    expect(await ask(PauseSchedule, { actor, scheduleId })).toMatchObject({ paused: true, nextDueAt: null });
    expect(await ask(GetSchedule, { scheduleId })).toMatchObject({ rule, name: 'daily', paused: true, nextFive: [] });
    expect(await ask(ResumeSchedule, { actor, scheduleId })).toMatchObject({ paused: false });
    expect((await ask(ListSchedules, {})).items.map((item) => item.scheduleId)).toContain(scheduleId);
    await ask(DeleteSchedule, { actor, scheduleId });
    expect((await refusalOf(GetSchedule, { scheduleId })).code).toBe('schedule.unknown');
  });

  it('is listed page by page', async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.push((await create(hourly)).scheduleId);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(ListSchedules, { limit: 2, ...(cursor && { cursor }) });
      seen.push(...page.items.map(({ scheduleId }) => scheduleId));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen.filter((id) => made.includes(id))).toEqual(made);
  });

  it('with a wrong rule is refused with what is wrong and an example', async () => {
    const rule: ScheduleRule = { kind: 'cron', expression: '0 25 * * *', timeZone: 'UTC' };
    const body = { actor, scheduleId: newId() as never, name: 'x', rule, target: { task: 'a' as never } };
    expect(await refusalOf(CreateSchedule, body)).toMatchObject({
      code: 'schedule.rule-invalid',
      message: expect.stringContaining('hour: 25'),
      hint: expect.stringContaining('30 9 * * 1-5'),
    });
  });

  it('runs now with the run that was asked for, once', async () => {
    const { scheduleId } = await create(hourly);
    const runId = newId() as never;
    expect(await ask(RunScheduleNow, { actor, scheduleId, runId })).toEqual({ runId });
    await ask(RunScheduleNow, { actor, scheduleId, runId });
    const shown = await ask(GetSchedule, { scheduleId });
    expect(shown).toMatchObject({ firings: 1, lastRunId: runId, recent: [{ runId }] });
  });
});

describe('a change', () => {
  it('is in force within a second', async () => {
    const { scheduleId, createdAt } = await create(everySecond);
    const [first] = await untilFired(scheduleId, 1, 5_000);
    expect(first!.dueAt).toBe(createdAt + 1_000);
    expect(first!.at - first!.dueAt).toBeLessThan(1_000);

    await ask(PauseSchedule, { actor, scheduleId });
    const paused = (await firingsOf(scheduleId)).length;
    await passes(2_500);
    expect(await firingsOf(scheduleId)).toHaveLength(paused);

    const resumedAt = Date.now();
    await ask(ResumeSchedule, { actor, scheduleId });
    const next = (await untilFired(scheduleId, paused + 1, 5_000))[paused]!;
    expect(next.dueAt).toBeGreaterThanOrEqual(resumedAt);
    expect(next.at - next.dueAt).toBeLessThan(1_000);
    await ask(DeleteSchedule, { actor, scheduleId });
  });
});

describe('two schedulers', () => {
  it('fire every due instant once, also when the one that leads dies', async () => {
    const { scheduleId, createdAt } = await create(everySecond);
    await untilFired(scheduleId, 3, 10_000);
    const dead = await leader();
    await kill(dead);
    running.splice(running.indexOf(dead), 1);
    const died = (await firingsOf(scheduleId)).length;
    const firings = await untilFired(scheduleId, died + 5, 20_000);

    const expected = Array.from({ length: firings.length }, (_, n) => createdAt + (n + 1) * 1_000);
    expect(firings.map(({ dueAt }) => dueAt)).toEqual(expected);
    expect(new Set(firings.map(({ runId }) => runId)).size).toBe(firings.length);
    expect(await leader()).not.toBe(dead);
    await ask(DeleteSchedule, { actor, scheduleId });
    await stop(dead).catch(() => undefined);
  });
});

describe('the views', () => {
  it('are the same when they are built again', async () => {
    const read = () =>
      Promise.all([
        query('SELECT * FROM schedules ORDER BY schedule_id'),
        query('SELECT * FROM schedule_firings ORDER BY schedule_id, firing'),
      ]);
    await ask(ListSchedules, {});
    const before = await read();
    await running[0]!.parts.rebuildViews!();
    expect(await read()).toEqual(before);
    expect(before[0]!.length).toBeGreaterThan(5);
  });
});

/** That nothing happens can only be seen by letting time pass. */
function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
