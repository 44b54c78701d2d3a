/** The guided text that makes a model write a correct bundle. */
import { type GetPromptResult, type Prompt } from '@modelcontextprotocol/sdk/types.js';
import { cleanText } from '../text/hygiene.js';

interface PromptDefinition {
  readonly prompt: Prompt;
  text(given: Record<string, string>): string;
}

const given = [
  { name: 'description', description: 'What the task should do', required: true },
  { name: 'task_name', description: 'Its name; proposed by you when left out' },
  { name: 'queue', description: 'The queue that it runs on' },
];

const definitions: readonly PromptDefinition[] = [
  {
    prompt: {
      name: 'generate_task_code',
      title: 'Write a task',
      description: 'Guides a model from an idea to a deployed and tested task.',
      arguments: [...given, { name: 'runtime', description: 'python (default) or node' }],
    },
    text: (words) =>
      guide(words, { generate: 'generate_task_code', call: 'trigger_task', search: 'search_tasks', queue: 'default' }),
  },
  {
    prompt: {
      name: 'generate_celery_task_code',
      title: 'Write a task (mcs tool set)',
      description: 'The same with the names of MCS-style servers.',
      arguments: given,
    },
    text: (words) =>
      guide(words, {
        generate: 'generate_startMain_code',
        call: 'trigger_celery_task',
        search: 'get_available_tasks',
        queue: 'celery',
      }),
  },
];

export const prompts: readonly Prompt[] = definitions.map(({ prompt }) => prompt);

/** Undefined when there is no such prompt; a sentence when an argument is missing. */
export function getPrompt(name: string, words: Record<string, string> = {}): GetPromptResult | string | undefined {
  const definition = definitions.find(({ prompt }) => prompt.name === name);
  if (!definition) return undefined;
  if (!words['description']?.trim())
    return `The prompt ${name} needs the argument description: what the task should do.`;
  const text = definition.text(words);
  return { description: definition.prompt.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
}

interface Names {
  generate: string;
  call: string;
  search: string;
  queue: string;
}

function guide(words: Record<string, string>, { generate, call, search, queue }: Names): string {
  const wanted = cleanText(words['description']!).slice(0, 4_000);
  const named = words['task_name'] ? ` Name it ${cleanText(words['task_name']).slice(0, 100)}.` : '';
  const onQueue = cleanText(words['queue'] || queue).slice(0, 60);
  const runtime = words['runtime'] === 'node' ? 'TypeScript' : 'Python';
  return `Write a Tasksmith task, deploy it and prove that it works. The task:

${wanted}
${named}
1. Look with ${search} whether such a task exists already. If it does, use it.
2. Choose a name in lower case with underscores that starts with a verb and says the purpose: mongodb_insert, not db_op.
   Queue: ${onQueue}. Queues are named by function (database), priority (low_priority) or resource (cpu_intensive).
3. Write the body in ${runtime}:
   - arguments and result are JSON; give every parameter a type and a description
   - raise an error with a clear message for input that cannot be right; never return an error as a result
   - clean up files and connections in a finally block
   - be safe to run twice: a worker that dies makes the run start again (upsert instead of insert)
   - log(...) at the start, for sizes and at the end; progress(fraction, message) in long loops
   - no waiting for people, no endless loops; the soft limit is 300 s, the hard limit 600 s
   - packages from PyPI or npm go into requirements.txt or package.json; no secrets in the code
4. Call ${generate} with task_name, description, parameters, function_body, return_type and queue. Read the files that come back.
5. Call deploy_task with these files. Give smoke_tests where the tool takes them: an ordinary call, an empty one, an edge case,
   each with the result that you expect. If it fails, read stage, error and log, correct the code, deploy again.
6. Call the task with ${call} on a real example and check the result. Tell the user its name and its parameters.
`;
}
