/** Reads the environment once, into a frozen object; bad settings stop the start with the full list of what is wrong. */
import { readFileSync } from 'node:fs';
import { type z } from 'zod';
import { type Slice, variables, type Variables } from './variables.js';

type Values<S extends Slice> = {
  readonly [K in keyof Variables[S]]: Variables[S][K] extends { schema: infer T extends z.ZodType }
    ? z.output<T>
    : never;
};
type UnionToIntersection<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;
export type Config<S extends Slice = Slice> = UnionToIntersection<S extends Slice ? Values<S> : never>;

export class BadSettings extends Error {
  override readonly name = 'BadSettings';
  constructor(readonly problems: string[]) {
    super(`These settings are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** @throws BadSettings naming every variable that is missing or malformed. A `NAME_FILE` variable gives the path of a file with the value. */
export function readConfig<S extends Slice>(env: NodeJS.ProcessEnv, slices: readonly S[]): Config<S | 'common'> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const slice of new Set<Slice>(['common', ...slices])) {
    for (const [name, { schema, meaning, secret }] of Object.entries(variables[slice])) {
      const parsed = (schema as z.ZodType).safeParse(valueOf(env, name));
      if (parsed.success) values[name] = parsed.data;
      else
        problems.push(
          `${name}${shown(env[name], secret)}: ${parsed.error.issues.map((issue) => issue.message).join('; ')} (${meaning})`,
        );
    }
  }
  if (problems.length > 0) throw new BadSettings(problems);
  return Object.freeze(values) as Config<S | 'common'>;
}

function valueOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const file = env[`${name}_FILE`];
  if (file) return readFileSync(file, 'utf8').trim();
  return env[name] === '' ? undefined : env[name];
}

function shown(value: string | undefined, secret: boolean): string {
  if (value === undefined) return ' is not set';
  return secret ? '' : ` = ${JSON.stringify(value)}`;
}
