/** Whether a result is what a smoke test expects. */
import { type Json, sameJson, type SmokeTest } from '#contracts';

const SHOWN = 300;

export function judge(
  { expect, expectContains }: Pick<SmokeTest, 'expect' | 'expectContains'>,
  result: Json,
): { passed: boolean; message: string } {
  if (expect !== undefined && !sameJson(expect, result))
    return { passed: false, message: `expected ${shown(expect)}, got ${shown(result)}` };
  const missing = Object.entries(expectContains ?? {}).find(
    ([name, value]) => !sameJson(memberOf(result, name), value),
  );
  if (missing) {
    const [name, value] = missing;
    return {
      passed: false,
      message: `expected ${name} to be ${shown(value)}, got ${shown(memberOf(result, name) ?? null)}`,
    };
  }
  return { passed: true, message: `got ${shown(result)}` };
}

function memberOf(result: Json, name: string): Json | undefined {
  return result !== null && typeof result === 'object' && !Array.isArray(result) ? result[name] : undefined;
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}
