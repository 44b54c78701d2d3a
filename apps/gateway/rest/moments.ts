/** Shows moments as ISO 8601: inside the house they are milliseconds, outside they are text. */
import { z } from 'zod';
import { Moment } from '#contracts';

export type Renderer = (value: unknown) => unknown;

/** A moment as a caller writes it. */
export const MomentInput = z.iso
  .datetime({ offset: true, error: 'expected a moment in ISO 8601, e.g. 2026-11-22T08:30:00Z' })
  .transform((text) => Date.parse(text));

/** What turns values of a schema into what the outside sees; undefined when they hold no moments. */
export function momentRenderer(schema: z.ZodType): Renderer | undefined {
  if (schema === Moment) return (value) => (typeof value === 'number' ? isoOf(value) : value);
  if (schema instanceof z.ZodObject) return ofObject(schema);
  if (schema instanceof z.ZodArray) return ofArray(momentRenderer(schema.element as z.ZodType));
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return ofMaybe(momentRenderer(schema.unwrap() as z.ZodType));
  if (schema instanceof z.ZodUnion) return ofUnion(schema.options as z.ZodType[]);
  return undefined;
}

/** Of the runs in one answer many share a moment, and making the text takes longer than finding it. */
const texts = new Map<number, string>();
const MOST_TEXTS = 1_000;

function isoOf(moment: number): string {
  const known = texts.get(moment);
  if (known !== undefined) return known;
  if (texts.size === MOST_TEXTS) texts.clear();
  const text = new Date(moment).toISOString();
  texts.set(moment, text);
  return text;
}

function ofObject(schema: z.ZodObject): Renderer | undefined {
  const members = Object.entries(schema.shape).flatMap(([name, member]) => {
    const render = momentRenderer(member as z.ZodType);
    return render ? [{ name, render }] : [];
  });
  if (members.length === 0) return undefined;
  return (value) => {
    const copy = { ...(value as Record<string, unknown>) };
    for (const { name, render } of members) if (name in copy) copy[name] = render(copy[name]);
    return copy;
  };
}

function ofArray(render: Renderer | undefined): Renderer | undefined {
  return render && ((value) => (value as unknown[]).map(render));
}

function ofMaybe(render: Renderer | undefined): Renderer | undefined {
  return render && ((value) => (value === null || value === undefined ? value : render(value)));
}

/** Only one kind of value may have moments: which kind a value is would have to be guessed otherwise. */
function ofUnion(options: readonly z.ZodType[]): Renderer | undefined {
  const withMoments = options.filter((option) => momentRenderer(option));
  if (withMoments.length === 0) return undefined;
  const [only] = withMoments;
  if (withMoments.length > 1 || !(only instanceof z.ZodObject)) throw new Error('a union with moments is ambiguous');
  const render = momentRenderer(only)!;
  const required = Object.keys(only.shape);
  return (value) => (required.every((name) => name in (value as object)) ? render(value) : value);
}
