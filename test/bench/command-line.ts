/** `npm run bench -- [b1 b4 ...] [--quick] [--json] [--pairs N] [--waiting N] [--history N]` */
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios/index.js';
import { type Scenario } from './scenarios/scenario.js';

export interface CommandLine {
  chosen: readonly Scenario[];
  quick: boolean;
  json: boolean;
  pairs: number;
  waiting: number;
  history: number;
}

/** @throws Error that says what is wrong. */
export function readCommandLine(words: readonly string[]): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      pairs: { type: 'string' },
      waiting: { type: 'string' },
      history: { type: 'string' },
    },
  });
  const { quick, json } = values;
  return {
    chosen: choose(positionals.map((word) => word.toLowerCase())),
    quick,
    json,
    pairs: whole('pairs', values.pairs) ?? (quick ? 1 : 5),
    waiting: whole('waiting', values.waiting) ?? (quick ? 1_000 : 1_000_000),
    history: whole('history', values.history) ?? (quick ? 3_000 : 5_000_000),
  };
}

function choose(ids: readonly string[]): readonly Scenario[] {
  const unknown = ids.find((id) => !scenarios.some((scenario) => scenario.id === id));
  if (unknown !== undefined)
    throw new Error(`There is no scenario ${unknown}. There are ${scenarios.map(({ id }) => id).join(', ')}.`);
  return ids.length === 0 ? scenarios : scenarios.filter(({ id }) => ids.includes(id));
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name} is a whole number above 0, not "${text}"`);
}
