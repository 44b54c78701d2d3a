/** Writes a complete, runnable bundle from its description. Nothing is executed. */
import { isRefused, refuse, type Refused, type SmokeTest } from '#contracts';
import {
  type AdditionalFile,
  type BundleDescription,
  type BundleFile,
  type DescribedTask,
} from './bundle-description.js';
import { nodeModule } from './node-module.js';
import { packagesOf } from './python-imports.js';
import { pythonModule } from './python-module.js';

export function writeBundle(description: BundleDescription): BundleFile[] | Refused {
  const refused = taskNamesAreUnique(description) ?? smokeTestsNameTasks(description) ?? filesFit(description);
  if (refused) return refused;
  const code = description.runtime === 'python' ? pythonModule(description.tasks) : nodeModule(description.tasks);
  if (isRefused(code)) return code;
  const written = [
    { path: description.entry, content: code },
    dependencies(description, code),
    { path: 'Dockerfile', content: dockerfile(description) },
    { path: 'tasksmith.json', content: manifest(description) },
    { path: 'README.md', content: readme(description) },
  ];
  // What the caller brings stands in place of what would be written.
  const brought = description.additionalFiles.map(({ filename, content }) => ({ path: plainPath(filename), content }));
  const paths = new Set(brought.map(({ path }) => path));
  return [...written.filter(({ path }) => !paths.has(path)), ...brought];
}

function taskNamesAreUnique({ tasks }: BundleDescription): Refused | undefined {
  const names = tasks.map(({ task_name }) => task_name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined
    ? undefined
    : invalid('/tasks', `Two tasks of the bundle are named ${twice}.`, 'Give each its own name.');
}

function smokeTestsNameTasks({ tasks, smokeTests }: BundleDescription): Refused | undefined {
  const names = tasks.map(({ task_name }) => task_name);
  const stray = smokeTests.find(({ task }) => !names.includes(task));
  return (
    stray &&
    invalid(
      '/smoke_tests',
      `A smoke test calls ${stray.task}, which the bundle does not have.`,
      `Its tasks: ${names.join(', ')}.`,
    )
  );
}

function filesFit({ additionalFiles, entry }: BundleDescription): Refused | undefined {
  const seen = new Set<string>();
  for (const { filename } of additionalFiles) {
    const path = plainPath(filename);
    if (!isInside(path))
      return invalid(
        '/additional_files',
        `${JSON.stringify(filename)} is not a path inside the bundle.`,
        'Use relative paths such as "helpers/text.py".',
      );
    if (path === entry || path === 'tasksmith.json')
      return invalid(
        '/additional_files',
        `${path} is written by this tool.`,
        'Put the code into function_body or tasks, and other files under other names.',
      );
    if (seen.has(path)) return invalid('/additional_files', `${path} is given twice.`, 'Give each file once.');
    seen.add(path);
  }
  return undefined;
}

const plainPath = (filename: string): string => filename.replace(/^(\.\/)+/, '');

function isInside(path: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (path.startsWith('/') || /[\\\u0000-\u001f:]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function dependencies({ runtime, tasks, additionalFiles }: BundleDescription, code: string): BundleFile {
  if (runtime === 'node') return { path: 'package.json', content: packageJson(tasks[0]) };
  const sources = additionalFiles.filter(({ filename }) => filename.endsWith('.py'));
  const own = new Set(sources.map(moduleOf));
  const packages = [code, ...sources.map(({ content }) => content)].flatMap((text) => packagesOf(text, own));
  const lines = [...new Set(packages)].sort();
  return {
    path: 'requirements.txt',
    content: `# Packages from PyPI, one a line. Tasksmith itself needs none.\n${lines.map((line) => `${line}\n`).join('')}`,
  };
}

const moduleOf = ({ filename }: AdditionalFile): string => plainPath(filename).split('/')[0]!.replace(/\.py$/, '');

function packageJson({ task_name, description }: DescribedTask): string {
  const name = task_name.replaceAll(/[._]+/g, '-').replace(/-$/, '');
  return `${JSON.stringify({ name, version: '1.0.0', private: true, type: 'module', description, dependencies: {} }, null, 2)}\n`;
}

function dockerfile({ runtime }: BundleDescription): string {
  const note = '# For building by hand. Tasksmith builds its workers from a hardened Dockerfile of its own.\n';
  if (runtime === 'node')
    return `${note}FROM node:22-slim\nWORKDIR /bundle\nCOPY package.json ./\nRUN npm install --omit=dev --ignore-scripts\nCOPY . .\nUSER node\n`;
  return `${note}FROM python:3.12-slim\nWORKDIR /bundle\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nUSER 65534\n`;
}

function manifest({ runtime, entry, tasks, smokeTests }: BundleDescription): string {
  const document = {
    runtime,
    entry,
    tasks: tasks.map(({ task_name, description }) => ({ name: task_name, ...(description ? { description } : {}) })),
    ...(smokeTests.length > 0 ? { smokeTests: smokeTests.map(plainTest) } : {}),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const plainTest = ({ task, arguments: given, ...expected }: SmokeTest) => ({ task, arguments: given, ...expected });

function readme({ tasks, queue }: BundleDescription): string {
  const sections = tasks.map(({ task_name, description, parameters, return_type }) => {
    const lines = parameters.map(
      ({ name, type, required, description: text }) =>
        `- \`${name}\` (${type}${required ? '' : ', optional'})${text ? `: ${text}` : ''}`,
    );
    return `## ${task_name}\n\n${description}\n\n${lines.length > 0 ? `${lines.join('\n')}\n\n` : ''}Returns ${return_type}.\n`;
  });
  return `# ${tasks[0].task_name}\n\nA Tasksmith bundle for the queue \`${queue}\`.\n\n${sections.join('\n')}\n    tasksmith deploy . --queue ${queue}\n`;
}

function invalid(field: string, message: string, hint: string): Refused {
  return refuse('request.invalid', message, { hint, details: { field } });
}
