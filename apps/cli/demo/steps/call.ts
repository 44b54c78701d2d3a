import { percentile, rounded, timed } from '../figures.js';
import { type Stage } from '../stage.js';
import { type Summary } from '../summary.js';
import { paragraphsOf, TASK, type WordStats } from '../word-stats.js';

interface Ran {
  task_id: string;
  result: WordStats;
}

const LATENCY_CALLS = 30;

export async function callOnRealText({ agent, screen }: Stage, text: string): Promise<Summary['call']> {
  screen.step(`It calls the task on a real text of ${Math.round(text.length / 1_000)} KB and waits for the answer`);
  const { value, ms } = await timed(() =>
    agent.call<Ran>('trigger_task', { task_name: TASK, kwargs: { text, top: 5 } }),
  );
  const { characters, words, sentences, readingMinutes, mostFrequent } = value.result;
  screen.row('words', `${words.toLocaleString('en')} in ${sentences.toLocaleString('en')} sentences`);
  screen.row('most frequent', mostFrequent.map(({ word, count }) => `${word} ${count}`).join(', '));
  screen.row('reading time', `${readingMinutes} minutes`);
  screen.done(`answered in ${rounded(ms)} ms`);
  return { characters, words, readingMinutes, mostFrequent: mostFrequent.map(({ word }) => word), ms: rounded(ms) };
}

/** One after the other, each waited for: how long one small call takes from an agent and back. */
export async function measureLatency({ agent, screen }: Stage, text: string): Promise<Summary['latency']> {
  const [paragraph = text] = paragraphsOf(text).slice(1);
  const times: number[] = [];
  for (let call = 0; call < LATENCY_CALLS; call++) {
    const { ms } = await timed(() => agent.call('trigger_task', { task_name: TASK, kwargs: { text: paragraph } }));
    times.push(ms);
  }
  const latency = { calls: LATENCY_CALLS, p50: rounded(percentile(times, 0.5)), p95: rounded(percentile(times, 0.95)) };
  screen.done(`${LATENCY_CALLS} short calls, one at a time: p50 ${latency.p50} ms, p95 ${latency.p95} ms`);
  return latency;
}
