import { setTimeout as pause } from 'node:timers/promises';
import { type Stage } from '../stage.js';
import { type Summary } from '../summary.js';
import { TASK } from '../word-stats.js';

const EVERY_S = 2;
const FIRINGS = 2;
const PATIENCE_MS = 30_000;

interface Schedule {
  schedule_id: string;
  last_run_id: string | null;
  last_fired_at: string | null;
}

export async function schedule({ agent, screen }: Stage): Promise<Summary['schedule']> {
  screen.step(`It puts the task on a schedule: every ${EVERY_S} seconds`);
  const { schedule_id: scheduleId } = await agent.call<Schedule>('schedule_task', {
    task_name: TASK,
    name: 'demo: every two seconds',
    every_seconds: EVERY_S,
    kwargs: { text: 'Once more.' },
  });
  try {
    const firings = await watch({ agent, screen }, scheduleId);
    return { scheduleId, firings };
  } finally {
    await agent.call('delete_schedule', { schedule_id: scheduleId });
    screen.done('schedule deleted');
  }
}

async function watch({ agent, screen }: Stage, scheduleId: string): Promise<Summary['schedule']['firings']> {
  const firings: Summary['schedule']['firings'] = [];
  const deadline = performance.now() + PATIENCE_MS;
  while (firings.length < FIRINGS) {
    if (performance.now() > deadline)
      throw new Error(`The schedule fired ${firings.length} of ${FIRINGS} times within ${PATIENCE_MS / 1_000} s`);
    const { schedules } = await agent.call<{ schedules: Schedule[] }>('list_schedules', {});
    const mine = schedules.find(({ schedule_id }) => schedule_id === scheduleId);
    if (mine?.last_run_id && mine.last_run_id !== firings.at(-1)?.runId) {
      firings.push({ runId: mine.last_run_id, at: mine.last_fired_at ?? '' });
      screen.row(`firing ${firings.length}`, `${mine.last_fired_at ?? ''}  run ${mine.last_run_id}`);
    }
    await pause(200);
  }
  return firings;
}
