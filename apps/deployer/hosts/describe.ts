/** What `--describe` prints: docs/worker-protocol.md section 7. */
import { z } from 'zod';
import { JsonSchema, TaskName } from '#contracts';
import { type DescribedTask } from '../deployment/index.js';
import { HostFailure } from './worker-host.js';

const Description = z.object({
  v: z.literal(1),
  tasks: z
    .array(
      z.object({
        name: TaskName,
        description: z.string().transform((text) => text.slice(0, 4_000)),
        parameters: JsonSchema,
        result: JsonSchema,
      }),
    )
    .min(1)
    .max(200),
});

export interface DescribeExit {
  status: number | null;
  stdout: string;
  /** Lines of stderr. */
  stderr: readonly string[];
}

/** @throws HostFailure in words that the author of the bundle can act on. */
export function tasksDescribedBy({ status, stdout, stderr }: DescribeExit): DescribedTask[] {
  const log = stderr.slice(-100);
  if (status !== 0) {
    throw new HostFailure('build.failed', `The code cannot be loaded: ${reasonIn(stderr) ?? 'it said nothing'}`, log);
  }
  const description = Description.safeParse(parsed(stdout));
  if (description.success) return description.data.tasks;
  const [issue] = description.error.issues;
  const place = issue ? ` at ${issue.path.join('.') || 'the top'}: ${issue.message}` : '';
  throw new HostFailure('build.failed', `The description of the tasks is not of the expected shape${place}`, log);
}

/** Tracebacks end with the reason in Python and begin with it in Node; the lines in between are indented. */
function reasonIn(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => /^\S/.test(line))?.replace(/^tasksmith worker: the bundle cannot be loaded: /, '');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
