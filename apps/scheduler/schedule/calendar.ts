/**
 * The instants that a rule names. Cron is evaluated by croner 11, in the rule's time zone. Where clocks change, it follows Vixie cron: a rule with
 * one fixed time of day that falls into the spring gap is due at the end of the gap, and in the repeated autumn hour only the first time; a rule
 * with lists, steps or wildcards skips what does not exist and is due in both repeated hours.
 */
import { Cron } from 'croner';
import { type Moment, type ScheduleRule } from '#contracts';

const LONGEST_TEXT = 200;

/** What is wrong with a rule; undefined when nothing is. */
export function problemOf(rule: ScheduleRule): { message: string; hint: string; field: string } | undefined {
  if (rule.kind === 'interval') return undefined;
  return problemOfTimeZone(rule.timeZone) ?? problemOfExpression(rule.expression, rule.timeZone);
}

function problemOfTimeZone(timeZone: string) {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return undefined;
  } catch {
    return {
      message: `There is no time zone "${timeZone}".`,
      hint: 'Write an IANA name such as Europe/Berlin, America/New_York or UTC.',
      field: '/rule/timeZone',
    };
  }
}

function problemOfExpression(expression: string, timeZone: string) {
  const problem = (why: string) => ({
    message: `The cron text "${expression.slice(0, LONGEST_TEXT)}" is not valid: ${why}`,
    hint: 'Write five fields (minute hour day month weekday), or six with seconds first; "30 9 * * 1-5" is 9:30 from Monday to Friday.',
    field: '/rule/expression',
  });
  const fields = expression.trim().split(/\s+/).filter(Boolean).length;
  if (expression.length > LONGEST_TEXT) return problem(`it is longer than ${LONGEST_TEXT} characters.`);
  if (fields !== 5 && fields !== 6) return problem(`it has ${fields} field${fields === 1 ? '' : 's'}.`);
  try {
    return parse(expression, timeZone).nextRun() === null ? problem('no such moment ever comes.') : undefined;
  } catch (error) {
    return problem(`${error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)}.`);
  }
}

/** The first instant of the rule strictly after a moment. */
export function nextInstant(rule: ScheduleRule, { base, after }: { base: Moment; after: Moment }): Moment | null {
  switch (rule.kind) {
    case 'interval':
      return base + Math.max(1, Math.floor((after - base) / rule.everyMs) + 1) * rule.everyMs;
    case 'cron':
      return cronOf(rule).nextRun(new Date(after))?.getTime() ?? null;
  }
}

/** The instants to come, for showing. */
export function nextInstants(
  rule: ScheduleRule,
  { base, after, count }: { base: Moment; after: Moment; count: number },
): Moment[] {
  const instants: Moment[] = [];
  for (let next = nextInstant(rule, { base, after }); next !== null && instants.length < count;) {
    instants.push(next);
    next = nextInstant(rule, { base, after: next });
  }
  return instants;
}

/** The last instant of the rule at or before a moment. Without a walk through all before it, which may be millions. */
export function latestInstant(rule: ScheduleRule, { base, until }: { base: Moment; until: Moment }): Moment | null {
  switch (rule.kind) {
    case 'interval': {
      const count = Math.floor((until - base) / rule.everyMs);
      return count < 1 ? null : base + count * rule.everyMs;
    }
    case 'cron': {
      // Exclusive of its reference, and whole seconds: the end of the second that `until` lies in.
      const reference = new Date(Math.floor(until / 1_000) * 1_000 + 1_000);
      return cronOf(rule).previousRuns(1, reference)[0]?.getTime() ?? null;
    }
  }
}

const parsed = new WeakMap<ScheduleRule, Cron>();

/** Parsing costs more than asking, and the same rule is asked again and again. */
function cronOf(rule: Extract<ScheduleRule, { kind: 'cron' }>): Cron {
  const known = parsed.get(rule) ?? parse(rule.expression, rule.timeZone);
  parsed.set(rule, known);
  return known;
}

function parse(expression: string, timezone: string): Cron {
  return new Cron(expression.trim(), { paused: true, mode: '5-or-6-parts', timezone });
}
