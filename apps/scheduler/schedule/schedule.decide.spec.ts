import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  isRefused,
  type RefusalCode,
  type RunId,
  type ScheduleEvent,
  type ScheduleId,
  type ScheduleRule,
  ScheduleTarget,
} from '#contracts';
import { fold } from '../../../libs/event-store/decider.js';
import { MISSED_AFTER_MS } from './schedule.js';
import { dueNow, nextDue, scheduleDecider, type KnownSchedule, type ScheduleCommand } from './index.js';

const scheduleId = '00000000-0000-7000-8000-000000000001' as ScheduleId;
const run = (n: number) => `00000000-0000-7000-9000-00000000000${n}` as RunId;
const T = Date.parse('2026-01-01T00:00:00Z');
const by = 'key:abc';
const target = ScheduleTarget.parse({ task: 'add' });
const everySecond: ScheduleRule = { kind: 'interval', everyMs: 1_000 };
const body = { name: 'tick', rule: everySecond, target };

const create = (changes: object = {}): ScheduleCommand => ({
  type: 'CreateSchedule',
  scheduleId,
  ...body,
  by,
  at: T,
  ...changes,
});
const revise = (changes: object): ScheduleCommand => ({
  type: 'ReviseSchedule',
  scheduleId,
  by,
  at: T + 500,
  ...changes,
});
const command = (type: 'PauseSchedule' | 'ResumeSchedule' | 'DeleteSchedule', at = T): ScheduleCommand => ({
  type,
  scheduleId,
  by,
  at,
});
const runNow = (n: number): ScheduleCommand => ({ type: 'RunScheduleNow', scheduleId, runId: run(n), by, at: T + 300 });
const fire = (dueAt: number, at: number): ScheduleCommand => ({ type: 'FireDue', dueAt, runId: run(1), at });

const created: ScheduleEvent = { type: 'ScheduleCreated', ...body, by, at: T };
const paused = (at: number): ScheduleEvent => ({ type: 'SchedulePaused', at, by });
const resumed = (at: number): ScheduleEvent => ({ type: 'ScheduleResumed', at, by });
const deleted: ScheduleEvent = { type: 'ScheduleDeleted', at: T, by };
const fired = (dueAt: number, at = dueAt): ScheduleEvent => ({
  type: 'ScheduleFired',
  at,
  dueAt,
  runId: run(1),
  cause: 'due',
});
const ranByHand = (n: number): ScheduleEvent => ({
  type: 'ScheduleFired',
  at: T + 300,
  dueAt: T + 300,
  runId: run(n),
  cause: 'run-now',
});

function given(...events: ScheduleEvent[]) {
  const state = fold(scheduleDecider, events);
  return {
    state: state as KnownSchedule,
    when(command: ScheduleCommand) {
      const answer = scheduleDecider.decide(command, state);
      return {
        then: (...expected: ScheduleEvent[]) => expect(answer).toEqual(expected),
        thenNothing: () => expect(answer).toEqual([]),
        thenRefused: (code: RefusalCode, message?: RegExp) => {
          expect(isRefused(answer) && answer.refusal.code).toBe(code);
          if (message) expect(isRefused(answer) && answer.refusal.message).toMatch(message);
        },
      };
    },
  };
}

describe('creating', () => {
  it('happens once for the same id and body', () => {
    given().when(create()).then(created);
    given(created).when(create()).thenNothing();
    given(created, { type: 'ScheduleRevised', at: T, name: 'tock', by }).when(create()).thenNothing();
  });

  it('refuses the same id with another body, and the id of a deleted one', () => {
    given(created)
      .when(create({ name: 'other' }))
      .thenRefused('idempotency.conflict');
    given(created, deleted).when(create()).thenRefused('schedule.unknown');
  });

  it('tells what is wrong with a rule', () => {
    const rule = { kind: 'cron', expression: '0 25 * * *', timeZone: 'UTC' };
    given()
      .when(create({ rule }))
      .thenRefused('schedule.rule-invalid', /0 25 \* \* \*.*hour/);
    given(created).when(revise({ rule })).thenRefused('schedule.rule-invalid');
  });
});

describe('revising', () => {
  it('states only what changes', () => {
    given(created)
      .when(revise({ name: 'tock', rule: everySecond }))
      .then({
        type: 'ScheduleRevised',
        at: T + 500,
        name: 'tock',
        by,
      });
    given(created)
      .when(revise({ name: 'tick' }))
      .thenNothing();
  });

  it('lets a new rule count from now on, without looking back', () => {
    const rule: ScheduleRule = { kind: 'cron', expression: '* * * * *', timeZone: 'UTC' };
    const { state } = given(created, { type: 'ScheduleRevised', at: T + 300_500, rule, by });
    expect(dueNow(state, T + 300_600)).toBeNull();
    expect(dueNow(state, T + 360_000)).toBe(T + 360_000);
  });
});

describe('pausing, resuming, deleting', () => {
  it('is done once', () => {
    given(created).when(command('PauseSchedule')).then(paused(T));
    given(created, paused(T)).when(command('PauseSchedule')).thenNothing();
    given(created, paused(T))
      .when(command('ResumeSchedule', T + 9))
      .then(resumed(T + 9));
    given(created).when(command('ResumeSchedule')).thenNothing();
    given(created).when(command('DeleteSchedule')).then(deleted);
    given(created, deleted).when(command('DeleteSchedule')).thenNothing();
  });

  it('refuses what is not there', () => {
    given().when(command('PauseSchedule')).thenRefused('schedule.unknown');
    given().when(command('DeleteSchedule')).thenRefused('schedule.unknown');
    given(created, deleted).when(command('ResumeSchedule')).thenRefused('schedule.unknown');
    given(created, deleted).when(runNow(1)).thenRefused('schedule.unknown');
  });
});

describe('a due instant', () => {
  it('fires when its moment has come, and not before', () => {
    given(created)
      .when(fire(T + 1_000, T + 1_000))
      .then(fired(T + 1_000));
    given(created)
      .when(fire(T + 1_000, T + 999))
      .thenNothing();
    given(created).when(fire(T, T)).thenNothing();
    given(created)
      .when(fire(T + 1_001, T + 1_001))
      .thenNothing();
  });

  it('fires once', () => {
    given(created, fired(T + 1_000))
      .when(fire(T + 1_000, T + 1_500))
      .thenNothing();
    given(created, fired(T + 1_000))
      .when(fire(T + 2_000, T + 2_000))
      .then(fired(T + 2_000));
  });

  it('fires late, in its turn, after a handover', () => {
    given(created)
      .when(fire(T + 2_000, T + 5_000))
      .thenNothing();
    given(created)
      .when(fire(T + 1_000, T + 5_000))
      .then(fired(T + 1_000, T + 5_000));
    given(created, fired(T + 1_000))
      .when(fire(T + 2_000, T + 5_000))
      .then(fired(T + 2_000, T + 5_000));
  });

  it('is skipped for the latest one when nobody was there for long', () => {
    const now = T + 1_000 + MISSED_AFTER_MS + 5_500;
    const latest = T + MISSED_AFTER_MS + 6_000;
    given(created)
      .when(fire(T + 1_000, now))
      .thenNothing();
    given(created).when(fire(latest, now)).then(fired(latest, now));
    given(created, fired(latest, now))
      .when(fire(latest - 1_000, now))
      .thenNothing();
    given(created, fired(latest, now))
      .when(fire(latest + 1_000, latest + 1_000))
      .then(fired(latest + 1_000));
  });

  it('does not fire while paused, nor for the time of the pause afterwards', () => {
    given(created, paused(T + 100))
      .when(fire(T + 1_000, T + 1_000))
      .thenNothing();
    const { state } = given(created, paused(T + 100), resumed(T + 5_500));
    expect(dueNow(state, T + 5_999)).toBeNull();
    expect(dueNow(state, T + 6_000)).toBe(T + 6_000);
  });

  it('does not fire twice when the clock is set back', () => {
    const { state } = given(created, fired(T + 100_000));
    expect(dueNow(state, T + 50_000)).toBeNull();
    expect(dueNow(state, T + 101_000)).toBe(T + 101_000);
  });

  it('of a deleted or unknown schedule is nothing', () => {
    given(created, deleted)
      .when(fire(T + 1_000, T + 1_000))
      .thenNothing();
    given()
      .when(fire(T + 1_000, T + 1_000))
      .thenNothing();
  });
});

describe('running now', () => {
  it('fires with the given run, once', () => {
    given(created).when(runNow(7)).then(ranByHand(7));
    given(created, ranByHand(7)).when(runNow(7)).thenNothing();
    given(created, paused(T)).when(runNow(7)).then(ranByHand(7));
  });

  it('leaves the due instants as they are', () => {
    given(created, ranByHand(7))
      .when(fire(T + 1_000, T + 1_000))
      .then(fired(T + 1_000));
    expect(given(created, ranByHand(7)).state).toMatchObject({ lastDueAt: null, firings: 1 });
  });
});

describe('any number of clocks', () => {
  it('fire each instant once and none too few, as long as one looks often enough', () => {
    const looks = fc.array(fc.integer({ min: 1, max: MISSED_AFTER_MS - 1_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(looks, fc.integer({ min: 1_000, max: 20_000 }), (pauses, everyMs) => {
        let state = fold(scheduleDecider, [{ ...created, rule: { kind: 'interval', everyMs } }]);
        const instants: number[] = [];
        let now = T;
        for (const pauseMs of pauses) {
          now += pauseMs;
          for (let due = dueNow(state, now); due !== null; due = dueNow(state, now)) {
            instants.push(due);
            const events = scheduleDecider.decide({ type: 'FireDue', dueAt: due, runId: run(1), at: now }, state);
            state = (events as ScheduleEvent[]).reduce(scheduleDecider.evolve, state);
          }
        }
        const expected = Array.from({ length: Math.floor((now - T) / everyMs) }, (_, k) => T + (k + 1) * everyMs);
        expect(instants).toEqual(expected);
        expect(nextDue(state, now)).toBeGreaterThan(now);
      }),
    );
  });
});
