import { type Stage } from '../stage.js';
import { description, functionBody, helper, parameters, QUEUE, TASK } from '../word-stats.js';

export interface CodeFile {
  path: string;
  content: string;
}

/** Nothing is executed yet: the answer is the complete bundle, for the agent to read, change and deploy. */
export async function writeCode({ agent, screen }: Stage): Promise<CodeFile[]> {
  screen.step(`It has no tool that counts words, so it writes one: ${TASK}`);
  const { files } = await agent.call<{ files: CodeFile[] }>('generate_task_code', {
    task_name: TASK,
    description,
    parameters,
    function_body: functionBody,
    return_type: 'dict',
    queue: QUEUE,
    runtime: 'python',
    additional_files: [helper],
  });
  for (const { path, content } of files) screen.row(path, `${content.split('\n').length} lines`);
  screen.done(`${files.length} files, ready to deploy`);
  return files;
}
