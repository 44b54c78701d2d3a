import { beforeEach, describe, expect, it } from 'vitest';
import { isRefused, type RunId, type ScheduleId, type ScheduleTarget } from '#contracts';
import { InMemoryLog } from '#event-store';
import { ScheduleBook } from './commands/schedule-book.js';
import { KnownSchedules } from './known-schedules.js';

const T = Date.parse('2026-01-01T00:00:00Z');
const id = '00000000-0000-7000-8000-000000000001' as ScheduleId;
const runId = '00000000-0000-7000-9000-000000000001' as RunId;
const targetNamed = (task: string) => ({ task, arguments: {} }) as ScheduleTarget;
const common = { scheduleId: id, by: 'key:a', at: T };

describe('known schedules', () => {
  let log: InMemoryLog;
  let book: ScheduleBook;
  let known: KnownSchedules;
  beforeEach(async () => {
    log = new InMemoryLog();
    book = new ScheduleBook(log);
    known = new KnownSchedules(log);
    const rule = { kind: 'interval', everyMs: 1_000 } as const;
    const command = { type: 'CreateSchedule', ...common, name: 'tick', rule, target: targetNamed('first') } as const;
    expect(isRefused(await book.carryOut(id, command, 'key:a'))).toBe(false);
  });

  const fire = (dueAt: number) => ({ type: 'FireDue', dueAt, runId, at: dueAt }) as const;

  it('are learnt from the log, and from what was just done', async () => {
    expect(known.earliest()).toBeNull();
    await known.refresh();
    expect(known.earliest()).toBe(T + 1_000);
    expect(known.due(T + 999)).toEqual([]);
    const [due] = known.due(T + 1_000);
    known.learn(id, await book.fire(id, due!.known, fire(T + 1_000)));
    expect(known.earliest()).toBe(T + 2_000);
    await known.refresh();
    expect(known.earliest()).toBe(T + 2_000);
    expect(await log.readStream(`schedule-${id}`)).toHaveLength(2);
  });

  it('fire once between two who both think they lead', async () => {
    const other = new KnownSchedules(log);
    await known.refresh();
    await other.refresh();
    for (const one of [known, other]) {
      const [due] = one.due(T + 1_000);
      one.learn(id, await book.fire(id, due!.known, fire(T + 1_000)));
      expect(one.earliest()).toBe(T + 2_000);
    }
    expect(await log.readStream(`schedule-${id}`)).toHaveLength(2);
  });

  it('do not fire what was paused meanwhile', async () => {
    await known.refresh();
    const [due] = known.due(T + 1_000);
    await book.carryOut(id, { type: 'PauseSchedule', ...common }, 'key:a');
    known.learn(id, await book.fire(id, due!.known, fire(T + 1_000)));
    expect(known.earliest()).toBeNull();
    expect(await log.readStream(`schedule-${id}`)).toHaveLength(2);
  });

  it('tell the target of a firing, also when it was revised or deleted after it', async () => {
    await known.refresh();
    expect(await known.targetAt(id, 1)).toEqual(targetNamed('first'));
    await book.carryOut(id, { type: 'ReviseSchedule', ...common, target: targetNamed('second') }, 'key:a');
    await known.refresh();
    expect(await known.targetAt(id, 1)).toEqual(targetNamed('first'));
    expect(await known.targetAt(id, 2)).toEqual(targetNamed('second'));
    await book.carryOut(id, { type: 'DeleteSchedule', ...common }, 'key:a');
    await known.refresh();
    expect(known.earliest()).toBeNull();
    expect(await known.targetAt(id, 1)).toEqual(targetNamed('first'));
  });
});
