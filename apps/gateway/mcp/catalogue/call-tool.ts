/** Calls a tool: scope, arguments, deed, answer. Whatever goes wrong is an answer that says what to do next. */
import { type z } from 'zod';
import { isRefused, refuse, type Refusal, refusalKinds, type Refused } from '#contracts';
import { forbid } from '../../auth/index.js';
import { bug, problemOfError } from '../../http/index.js';
import { renderAnswer, type RenderedAnswer } from './render-answer.js';
import { failure, type Tool, type ToolAnswer, type ToolContext } from './tool.js';

export async function callTool(tool: Tool, given: unknown, context: ToolContext): Promise<RenderedAnswer> {
  return renderAnswer(await attempt(tool, given, context));
}

async function attempt(tool: Tool, given: unknown, context: ToolContext): Promise<ToolAnswer> {
  try {
    const forbidden = forbid(context.caller, tool.action);
    if (forbidden) return refusalAnswer(forbidden);
    const parsed = tool.input.safeParse(given ?? {}, { reportInput: true });
    if (!parsed.success) return refusalAnswer(unfitArguments(tool, parsed.error.issues));
    const answered = await tool.run(parsed.data, context);
    return isRefused(answered) ? refusalAnswer(answered) : answered;
  } catch (error) {
    return failureOf(error, tool, context);
  }
}

/** `more`: what else is known, e.g. the stage of a deployment. */
export function refusalAnswer({ refusal }: Refused, more: object = {}): ToolAnswer {
  return failure({ ...renderRefusal(refusal), ...more });
}

export function renderRefusal({ code, message, hint, details }: Refusal) {
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    retryable: refusalKinds[code].retryable,
    ...(details === undefined ? {} : { details }),
  };
}

function failureOf(error: unknown, tool: Tool, { parts: { logger } }: ToolContext): ToolAnswer {
  const known = problemOfError(error);
  if (!known) logger.error({ err: error, tool: tool.name }, 'a tool call met a bug');
  const { code, detail, hint, status } = known ?? bug();
  return failure({ code, message: detail, ...(hint === undefined ? {} : { hint }), retryable: status === 503 });
}

const MAX_ERRORS = 10;

function unfitArguments(tool: Tool, issues: readonly z.core.$ZodIssue[]): Refused {
  const errors = issues.flatMap(errorsOf).slice(0, MAX_ERRORS);
  const { field, message } = errors[0]!;
  const where =
    field === ''
      ? `the arguments of ${tool.name}`
      : `the argument "${field.slice(1).replaceAll('/', '.')}" of ${tool.name}`;
  return refuse('request.invalid', `Something is wrong with ${where}: ${message}.`, {
    hint: `${tool.name} takes ${namesOf(tool.input).join(', ') || 'no arguments'}.`,
    details: { field, errors },
  });
}

function errorsOf(issue: z.core.$ZodIssue): { field: string; message: string }[] {
  const field = issue.path.map((step) => `/${String(step)}`).join('');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: `${field}/${key}`, message: 'there is no such argument' }));
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return [{ field, message: `it is missing; expected ${issue.expected}` }];
  return [{ field, message: issue.message.charAt(0).toLowerCase() + issue.message.slice(1) }];
}

function namesOf(input: z.ZodType): string[] {
  return Object.keys((input as Partial<z.ZodObject>).shape ?? {});
}
