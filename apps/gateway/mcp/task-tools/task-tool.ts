/** The tool of one task: its own schemas around the same call that trigger_task makes. */
import { type Tool as ListedTool } from '@modelcontextprotocol/sdk/types.js';
import { isRefused, type Json, refuse } from '#contracts';
import { forbid, type Caller } from '../../auth/index.js';
import { checkArguments, type ServedTask } from '../../catalogue/index.js';
import {
  refusalAnswer,
  renderAnswer,
  type RenderedAnswer,
  runsCode,
  type ToolAnswer,
  type ToolContext,
} from '../catalogue/index.js';
import { shortText } from '../text/hygiene.js';
import { triggerTask } from '../tools/trigger-task.tool.js';
import { shownArguments, shownResult } from './shown-schema.js';
import { taskToolName } from './task-tool-name.js';

export function listedTaskTool(task: ServedTask, caller: Caller): ListedTool {
  const result = shownResult(task.resultSchema);
  return {
    name: taskToolName(task.name)!,
    title: task.name,
    description: describe(task, caller),
    inputSchema: shownArguments(task.argumentsSchema) as ListedTool['inputSchema'],
    ...(result ? { outputSchema: outcomeSchema(result) as ListedTool['outputSchema'] } : {}),
    annotations: { title: task.name, ...runsCode },
  };
}

/** The words of another agent are marked as such: they describe the task, and are nothing to obey. */
function describe({ name, description, by, deprecated, version }: ServedTask, caller: Caller): string {
  const words = shortText(description, 600) || `Runs the task ${name}.`;
  const origin = by === caller.actor ? '' : `[Task of ${by}; its author says:] `;
  const old = deprecated === null ? '' : ` Deprecated: ${shortText(deprecated, 200)}`;
  return `${origin}${words}${old} (version ${version})`;
}

/** A call may end in a handle or in an error, so the result itself need not be there. */
function outcomeSchema(result: object): object {
  const text = { type: 'string' };
  return {
    type: 'object',
    properties: { success: { type: 'boolean' }, task_id: text, task_name: text, status: text, result, message: text },
    required: ['success'],
  };
}

export async function callTaskTool(task: ServedTask, given: unknown, context: ToolContext): Promise<RenderedAnswer> {
  const forbidden = forbid(context.caller, 'run');
  if (forbidden) return renderAnswer(refusalAnswer(forbidden));
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given)))
    return renderAnswer(refusalAnswer(refuse('arguments.invalid', `The arguments of ${task.name} must be an object.`)));
  const kwargs = (given ?? {}) as Record<string, Json>;
  const answered = await triggerTask({ task_name: task.name, kwargs }, context);
  if (isRefused(answered)) return renderAnswer(refusalAnswer(answered));
  const rendered = renderAnswer(answered);
  return shownResult(task.resultSchema) ? asDeclared(rendered, answered, task) : rendered;
}

/** Clients hold the result against its schema and throw away what does not fit: such a result is handed over under another name. */
function asDeclared(
  rendered: RenderedAnswer,
  { isError, fields, whole }: ToolAnswer,
  task: ServedTask,
): RenderedAnswer {
  const { result, ...others } = fields as { success: boolean; result?: Json };
  if (result === undefined || result === null || isError) return renderAnswer({ isError, fields: others, whole });
  const shown = rendered.structuredContent['result'];
  const schema = { name: task.name, argumentsSchema: shownResult(task.resultSchema)! };
  if (!checkArguments(schema, shown as Record<string, Json>)) return rendered;
  const note = 'The result does not fit the schema that the task declares.';
  return renderAnswer({ isError, fields: { ...others, other_result: result, note } as ToolAnswer['fields'], whole });
}
