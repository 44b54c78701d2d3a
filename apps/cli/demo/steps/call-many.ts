import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { eachOf, rounded } from '../figures.js';
import { type Stage } from '../stage.js';
import { type Summary } from '../summary.js';
import { paragraphsOf, TASK } from '../word-stats.js';

const RUNS = 1_000;
const AT_ONCE = 50;
const PATIENCE_MS = 120_000;
const BETWEEN_LOOKS_MS = 100;
const unfinished = new Set(['PENDING', 'STARTED', 'RETRY']);

interface Outcome {
  status: string;
}

/** Sends first, asks for the results after: an agent keeps the ids and does something else meanwhile. */
export async function callMany(
  { agent, screen }: Stage,
  text: string,
): Promise<Summary['many'] & { runIds: string[] }> {
  screen.step(`It sends ${RUNS.toLocaleString('en')} calls, ${AT_ONCE} at a time, and collects the results`);
  const since = performance.now();
  const runIds = await sendAll({ agent, screen }, paragraphsOf(text));
  const sent = performance.now();
  const succeeded = await collectAll({ agent, screen }, runIds);
  const seconds = (performance.now() - since) / 1_000;

  const callsPerSecond = Math.round(RUNS / seconds);
  screen.row('sent', `in ${rounded((sent - since) / 1_000)} s`);
  screen.row('succeeded', `${succeeded.toLocaleString('en')} of ${RUNS.toLocaleString('en')}`);
  if (succeeded !== RUNS) throw new Error(`${RUNS - succeeded} of ${RUNS} runs did not succeed`);
  screen.done(`all results after ${rounded(seconds)} s: ${callsPerSecond.toLocaleString('en')} calls/s`);
  return { runs: RUNS, succeeded, seconds: rounded(seconds), callsPerSecond, runIds };
}

async function sendAll({ agent, screen }: Stage, paragraphs: string[]): Promise<string[]> {
  const bar = screen.bar(RUNS, 'sent');
  const runIds: string[] = [];
  const calls = Array.from({ length: RUNS }, (_, index) => paragraphs[index % paragraphs.length]!);
  try {
    await eachOf(calls, AT_ONCE, async (text, index) => {
      const call = { task_name: TASK, kwargs: { text }, idempotency_key: randomUUID() };
      const { task_id } = await agent.callPatiently<{ task_id: string }>('send_task', call);
      runIds[index] = task_id;
      bar.to(runIds.length, `${runIds.length} of ${RUNS} sent`);
    });
  } finally {
    bar.end();
  }
  return runIds;
}

async function collectAll({ agent, screen }: Stage, runIds: string[]): Promise<number> {
  const bar = screen.bar(runIds.length, 'results');
  const deadline = performance.now() + PATIENCE_MS;
  let waiting = runIds;
  let succeeded = 0;
  try {
    while (waiting.length > 0 && performance.now() < deadline) {
      if (waiting.length < runIds.length) await pause(BETWEEN_LOOKS_MS);
      const still: string[] = [];
      await eachOf(waiting, AT_ONCE, async (task_id) => {
        const { status } = await agent.callPatiently<Outcome>('get_task_result', { task_id });
        if (unfinished.has(status)) still.push(task_id);
        else if (status === 'SUCCESS') bar.to(++succeeded, `${succeeded} of ${runIds.length} results`);
      });
      waiting = still;
    }
  } finally {
    bar.end();
  }
  return succeeded;
}
