/** Reads what people type for values: arguments of a task, durations, whole numbers. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { CliError } from '../failures.js';

export type JsonObject = Record<string, unknown>;

export interface GivenArguments {
  /** `name=value`, each time it was given. */
  arg?: string[];
  /** A JSON object, or `-` for stdin. */
  argsJson?: string;
}

/** For a repeatable option. */
export const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Those given one by one win over those of the JSON object. @throws CliError */
export function taskArguments(
  { arg = [], argsJson }: GivenArguments,
  readStdin = () => readFileSync(0, 'utf8'),
): JsonObject {
  const whole = argsJson === undefined ? {} : jsonObject(argsJson === '-' ? readStdin() : argsJson);
  return { ...whole, ...Object.fromEntries(arg.map(pair)) };
}

/** The value is JSON when it parses as JSON, else text: `n=5` is a number, `n='"5"'` and `n=five` are texts. `k=@file` reads the file's text. */
function pair(given: string): [string, unknown] {
  const place = given.indexOf('=');
  if (place < 1)
    throw new CliError(
      'usage',
      `--arg ${given} is not of the form name=value.`,
      'For example: --arg text="Hello" --arg top=5',
    );
  return [given.slice(0, place), valueOf(given.slice(place + 1))];
}

function valueOf(text: string): unknown {
  if (text.startsWith('@')) return fileText(text.slice(1));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new CliError(
      'usage',
      `The file ${path} cannot be read.`,
      'A value that begins with @ is the name of a file; in JSON quotes it is text: \'"@text"\'',
    );
  }
}

function jsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError(
      'usage',
      `--args-json is not JSON: ${(error as Error).message}.`,
      'For example: --args-json \'{"text": "Hello"}\'',
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new CliError('usage', '--args-json is not a JSON object.', 'For example: --args-json \'{"text": "Hello"}\'');
}

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `2s`, `5m`, `1h`, `1d`; a number alone means seconds. Milliseconds. */
export function durationMs(text: string): number {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim()) ?? [];
  if (number === '') throw new InvalidArgumentError('Give a duration like 30s, 5m or 1h.');
  return Math.round(Number(number) * units[unit as keyof typeof units]);
}

export function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number.');
}
