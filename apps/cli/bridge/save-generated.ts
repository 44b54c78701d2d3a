/** Saves generated code as `generated_tasks/{task_name}_{queue}/` in the working directory, where agents trained on MCS-style servers look for it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { type CallToolResult } from '@modelcontextprotocol/sdk/types.js';

interface Generated {
  [member: string]: unknown;
  files?: { path: string; content: string }[];
  instructions?: string;
}

/** The queue that the tool takes when none is given. */
const DEFAULT_QUEUE = 'celery';

/** The same answer, which then also says where the files are. */
export function savedLocally(result: CallToolResult, args: Record<string, unknown>, cwd: string): CallToolResult {
  const generated = result.structuredContent as Generated | undefined;
  if (result.isError || !generated?.files?.length) return result;
  const folder = join('generated_tasks', nameOfFolder(args));
  for (const { path, content } of generated.files) save(join(cwd, folder), path, content);
  const where = `The files are saved in ${resolve(cwd, folder)}: deploy them with deploy_task(code_folder_path="${folder}").`;
  const structuredContent = { ...generated, instructions: [where, generated.instructions].filter(Boolean).join('\n') };
  return { ...result, structuredContent, content: [{ type: 'text', text: JSON.stringify(structuredContent) }] };
}

/** Names that the gateway has accepted hold nothing else; the rule here only keeps a path from being made of them. */
function nameOfFolder({ task_name, queue }: Record<string, unknown>): string {
  return `${String(task_name)}_${String(queue ?? DEFAULT_QUEUE)}`.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^\.+/, '_');
}

function save(folder: string, path: string, content: string): void {
  const file = resolve(folder, path);
  if (!file.startsWith(resolve(folder) + sep)) throw new Error(`the generated file ${path} lies outside its folder`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
