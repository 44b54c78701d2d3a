/** Callers with one call at a time, no key to repeat it with and little patience, whose task writes down itself that it ran. */
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Stack } from '../../deploy/local/index.js';

const CALLERS = 3;
const CALLS_MS = 5_000;
/** On a machine that has little time for us it takes longer until more calls than these are answered. */
export const ENOUGH_ANSWERED = 100;
const CALLS_AT_MOST_MS = 60_000;
const PATIENCE_MS = 2_000;

export interface LoneCalls {
  readonly answered: ReadonlySet<number>;
  readonly unanswered: number;
  /** How often each was run until now. */
  countRuns(): Promise<ReadonlyMap<number, number>>;
}

let calls = 0;

/** Calls `note_down` for a while; the fault comes twice. */
export async function callAlone(options: {
  stack: Stack;
  folder: string;
  breakIt: () => Promise<void>;
}): Promise<LoneCalls> {
  const { stack, folder, breakIt } = options;
  const ledger = await newLedger(folder);
  const answered = new Set<number>();
  let unanswered = 0;
  const startedAt = performance.now();
  const goesOn = () => {
    const lasted = performance.now() - startedAt;
    return lasted < CALLS_MS || (answered.size <= ENOUGH_ANSWERED && lasted < CALLS_AT_MOST_MS);
  };
  const caller = async () => {
    while (goesOn()) {
      const a = ++calls;
      const run = await call(stack, { task: 'note_down', arguments: { a, ledger } });
      if (run?.status === 'succeeded' && run.result === a) answered.add(a);
      else unanswered += 1;
    }
  };
  const breaking = async () => {
    for (let n = 0; n < 2; n++) {
      await pause(CALLS_MS / 4);
      await breakIt();
    }
  };
  await Promise.all([breaking(), ...Array.from({ length: CALLERS }, caller)]);
  await stack.untilReady();
  return { answered, unanswered, countRuns: () => countsIn(ledger) };
}

/** Workers may be another user. */
async function newLedger(folder: string): Promise<string> {
  const own = await mkdtemp(join(folder, 'ledger-'));
  const ledger = join(own, 'ran');
  await chmod(own, 0o755);
  await writeFile(ledger, '');
  await chmod(ledger, 0o666);
  return ledger;
}

async function countsIn(ledger: string): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  const lines = (await readFile(ledger, 'utf8')).split('\n').filter(Boolean);
  for (const a of lines.map(Number)) counts.set(a, (counts.get(a) ?? 0) + 1);
  return counts;
}

async function call(stack: Stack, body: object): Promise<{ status: string; result: unknown } | null> {
  try {
    const response = await fetch(`${stack.urls.api}/runs`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stack.adminKey}`,
        'content-type': 'application/json',
        prefer: 'wait=20',
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return response.ok ? ((await response.json()) as { status: string; result: unknown }) : null;
  } catch {
    return null;
  }
}
