/** The static tools of a tool set as `tools/list` shows them; made once. */
import { type Tool as ListedTool } from '@modelcontextprotocol/sdk/types.js';
import { inputSchemaOf, outputSchemaOf, type Tool } from '../catalogue/index.js';
import { mcsTools } from '../mcs/index.js';
import { nativeTools } from '../tools/index.js';
import { type ToolSetName } from './instructions.js';

export interface ToolSet {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly listed: readonly ListedTool[];
}

const made = new Map<ToolSetName, ToolSet>();
const toolsOf: Record<ToolSetName, readonly Tool[]> = { native: nativeTools, mcs: mcsTools };

export function toolSetOf(name: ToolSetName): ToolSet {
  const known = made.get(name);
  if (known) return known;
  const tools = toolsOf[name];
  const set = { tools: new Map(tools.map((tool) => [tool.name, tool])), listed: tools.map(listedTool) };
  made.set(name, set);
  return set;
}

function listedTool({ name, title, description, input, output, annotations }: Tool): ListedTool {
  return {
    name,
    title,
    description,
    inputSchema: inputSchemaOf(input) as ListedTool['inputSchema'],
    outputSchema: outputSchemaOf(output) as ListedTool['outputSchema'],
    annotations,
  };
}
