/** What can be read at length: the source of a task, the log of a deployment, the history of a run. */
import { type ReadResourceResult, type ResourceTemplate } from '@modelcontextprotocol/sdk/types.js';
import {
  DeploymentId,
  GetBundleFiles,
  GetDeploymentLog,
  GetRunEvents,
  isRefused,
  refuse,
  type Refused,
  RunId,
} from '#contracts';
import { type Caller, forbid } from '../../auth/index.js';
import { type ToolParts } from '../catalogue/index.js';
import { cleanJson, cleanText, wholeCharacters } from '../text/hygiene.js';
import { shownEvent } from '../tools/get-run-events.tool.js';

export const resourceTemplates: readonly ResourceTemplate[] = [
  {
    name: 'task-source',
    title: 'Source of a task',
    uriTemplate: 'tasksmith://tasks/{name}/source',
    description: 'The files of the bundle that serves the task.',
  },
  {
    name: 'deployment-log',
    title: 'Log of a deployment',
    uriTemplate: 'tasksmith://deployments/{id}/log',
    description: 'Build log, and the last output of each worker.',
    mimeType: 'text/plain',
  },
  {
    name: 'run-events',
    title: 'History of a run',
    uriTemplate: 'tasksmith://runs/{id}/events',
    description: 'Every event of the run, in order.',
    mimeType: 'application/json',
  },
];

/** Longer than an answer of a tool: whoever reads a resource asked for the whole. */
const MAX_CHARACTERS = 1_000_000;
const LOG_LINES = 5_000;

type Contents = ReadResourceResult['contents'];
type Reader = (uri: string, id: string, parts: ToolParts) => Promise<Contents | Refused>;

const readers: readonly { pattern: RegExp; read: Reader }[] = [
  { pattern: /^tasksmith:\/\/tasks\/([a-z][a-z0-9_.]{0,99})\/source$/, read: readSource },
  { pattern: /^tasksmith:\/\/deployments\/([^/]{1,100})\/log$/, read: readLog },
  { pattern: /^tasksmith:\/\/runs\/([^/]{1,100})\/events$/, read: readEvents },
];

/** Undefined when no resource has such a URI. */
export async function readResource(
  uri: string,
  caller: Caller,
  parts: ToolParts,
): Promise<Contents | Refused | undefined> {
  for (const { pattern, read } of readers) {
    const id = pattern.exec(uri)?.[1];
    if (id !== undefined) return forbid(caller, 'read') ?? read(uri, id, parts);
  }
  return undefined;
}

async function readSource(uri: string, name: string, { catalogue, requester }: ToolParts): Promise<Contents | Refused> {
  const task = await catalogue.resolve(name);
  if (isRefused(task)) return task;
  if (task.deploymentId === null)
    return refuse('deployment.unknown', `${name} is served by workers deployed elsewhere: its source is not here.`, {
      details: { task: name },
    });
  const bundle = await requester.request(GetBundleFiles, { deploymentId: task.deploymentId });
  if (isRefused(bundle)) return bundle;
  let left = MAX_CHARACTERS;
  return bundle.files.map(({ path, content, encoding }) => {
    const shown = within(content, left);
    left -= shown.length;
    const file = `${uri}#${encodeURI(path)}`;
    return encoding === 'base64'
      ? binary(file, content, shown)
      : { uri: file, mimeType: 'text/plain', text: cleanText(shown) };
  });
}

/** Half a base64 text is none. */
function binary(uri: string, content: string, shown: string): Contents[number] {
  return shown === content
    ? { uri, mimeType: 'application/octet-stream', blob: content }
    : { uri, mimeType: 'text/plain', text: '(too large to be shown)' };
}

async function readLog(uri: string, id: string, { requester }: ToolParts): Promise<Contents | Refused> {
  const deploymentId = DeploymentId.safeParse(id).data;
  if (deploymentId === undefined) return notAnId('deployment.unknown', id);
  const log = await requester.request(GetDeploymentLog, { deploymentId, tail: LOG_LINES });
  if (isRefused(log)) return log;
  const build = log.build.map(({ stage, line }) => `[${stage}] ${line}`);
  const workers = log.workers.flatMap(({ worker, lines }) => ['', `--- ${worker}`, ...lines]);
  const text = [...build, ...workers].join('\n');
  return [{ uri, mimeType: 'text/plain', text: cleanText(text.slice(-MAX_CHARACTERS)) }];
}

async function readEvents(uri: string, id: string, { requester }: ToolParts): Promise<Contents | Refused> {
  const runId = RunId.safeParse(id).data;
  if (runId === undefined) return notAnId('run.unknown', id);
  const found = await requester.request(GetRunEvents, { runId });
  if (isRefused(found)) return found;
  const text = JSON.stringify(cleanJson(found.events.map(shownEvent)), null, 1);
  return [{ uri, mimeType: 'application/json', text: within(text, MAX_CHARACTERS) }];
}

const within = (text: string, most: number): string =>
  text.length <= most ? text : wholeCharacters(text.slice(0, Math.max(0, most)));

function notAnId(code: 'deployment.unknown' | 'run.unknown', id: string): Refused {
  return refuse(code, `${JSON.stringify(cleanText(id))} is not an id.`, { hint: 'Ids are UUIDs.' });
}
