/** What hints, messages and documents send a reader to is there: tools, routes, commands, scripts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../apps/cli/program.js';
import { mcsWording, nativeWording, type Wording } from '../../apps/gateway/mcp/catalogue/index.js';
import { mcsTools } from '../../apps/gateway/mcp/mcs/index.js';
import { prompts } from '../../apps/gateway/mcp/prompts/prompts.js';
import { instructionsOf } from '../../apps/gateway/mcp/sessions/instructions.js';
import { nativeTools } from '../../apps/gateway/mcp/tools/index.js';
import { allRoutes } from '../../apps/gateway/rest/index.js';

interface Text {
  file: string;
  text: string;
}

const root = new URL('../..', import.meta.url).pathname;
const contentOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true })
    .map((file) => join(folder, String(file)))
    .filter((file) => ending.test(file));

/** Tables have names of their own that look like those of tools. */
const isAboutTables = (file: string): boolean => /\/(projections|queries|migrations)\/|^libs\/testing\//.test(file);
const sources = ['apps', 'libs', 'deploy/local']
  .flatMap((folder) => filesIn(folder, /(?<!\.spec)\.ts$/))
  .filter((file) => !isAboutTables(file) && !file.includes('node_modules'));
const documents = ['README.md', 'CONTRIBUTING.md', ...filesIn('docs', /\.md$/)];
const inDocuments: Text[] = documents.map((file) => ({ file, text: contentOf(file) }));
const texts: Text[] = [...sources.flatMap(literalsIn), ...inDocuments];

/** Those of more than one word; an ellipsis stands for what is filled in. */
function literalsIn(file: string): Text[] {
  const literals: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) literals.push(node.text);
    if (ts.isTemplateExpression(node))
      literals.push([node.head, ...node.templateSpans.map((span) => span.literal)].map(({ text }) => text).join('…'));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, contentOf(file), ts.ScriptTarget.Latest));
  return literals.filter((text) => /\S\s+\S/.test(text)).map((text) => ({ file, text }));
}

/** Everything that the pattern finds, with its file, so that a failure says where to look. */
function mentioned(pattern: RegExp, within: readonly Text[] = texts): { file: string; words: string[] }[] {
  return within.flatMap(({ file, text }) => [...text.matchAll(pattern)].map(([, ...words]) => ({ file, words })));
}

const namesOf = (things: readonly { name: string }[]): string[] => things.map(({ name }) => name);
const tools = { native: namesOf(nativeTools), mcs: namesOf(mcsTools) };
/** What looks like the name of a tool: it begins as one does. */
const verbs = new Set([...tools.native, ...tools.mcs].map((name) => name.split('_')[0]!));
const toolLike = new RegExp(`\\b((?:${[...verbs].join('|')})_[a-z_]+)\\b`, 'gi');
const argumentNames = new Set([...nativeTools, ...mcsTools].flatMap(({ input }) => Object.keys(shapeOf(input))));

function shapeOf(input: object): object {
  return (input as { shape?: object }).shape ?? {};
}

describe('what a reader is sent to', () => {
  it('finds the texts at all', () => {
    expect(texts.length).toBeGreaterThan(1_000);
    expect(mentioned(toolLike).length).toBeGreaterThan(50);
  });

  it('among the tools, is a tool', () => {
    const known = new Set([...tools.native, ...tools.mcs, ...namesOf(prompts), ...argumentNames]);
    expect(mentioned(toolLike).filter(({ words }) => !known.has(words[0]!))).toEqual([]);
  });

  it('among the routes, is a route', () => {
    const routes = allRoutes().map(({ route }) => `${route.method} ${route.path.replaceAll(/\{\w+\}/g, '…')}`);
    const known = new Set([...routes, 'GET /mcp', 'POST /mcp', 'DELETE /mcp']);
    const named = mentioned(/\b(GET|POST|PATCH|PUT|DELETE) (\/[^\s?,.;:)`"']*)/g).filter(
      ({ words: [method, path] }) => !known.has(`${method} ${path!.replace('/api/v1', '')}`),
    );
    expect(named).toEqual([]);
  });

  it('among the commands, is a command', () => {
    const program = createProgram();
    const isCommand = ([name, second]: string[]): boolean => {
      const command = program.commands.find((one) => one.name() === name);
      const verbsOfNoun = command?.commands.map((one) => one.name()) ?? [];
      const takesWords = (command?.registeredArguments.length ?? 0) > 0;
      return (
        command !== undefined && (verbsOfNoun.length === 0 || takesWords || !second || verbsOfNoun.includes(second))
      );
    };
    // Only in the CLI and in documents is every "tasksmith word" a command; elsewhere it is where it stands in quotes.
    const isCli = ({ file }: Text): boolean => /^apps\/cli\/|\.md$/.test(file);
    const named = [
      ...mentioned(/(?<!from |"|-)\btasksmith(?: --)? ([a-z][a-z-]*)\b(?!:)(?: ([a-z][a-z-]*))?/g, texts.filter(isCli)),
      ...mentioned(/[`"]tasksmith ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/g),
    ];
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ words }) => !isCommand(words))).toEqual([]);
  });

  it('among the files, is a file', () => {
    // Not what stands behind another folder (`dist/`), nor a path with a place to fill in.
    const path = /(?<![\w./<-])((?:apps|libs|deploy|test|docs|examples)\/[\w./-]*\w)(?!\/?[<{])/g;
    const named = mentioned(path, inDocuments);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ words }) => !existsSync(join(root, words[0]!)))).toEqual([]);
  });

  it('among the scripts, is a script', () => {
    const { scripts } = JSON.parse(contentOf('package.json')) as { scripts: Record<string, string> };
    const named = mentioned(/\bnpm (?:run )?(start|test|(?<=run )[a-z]+)\b/g);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ words }) => !Object.hasOwn(scripts, words[0]!))).toEqual([]);
  });
});

describe.each([
  ['native', nativeWording],
  ['mcs', mcsWording],
] as const)('the words of the tool set %s', (name, words: Wording) => {
  const said = [...Object.values(words), instructionsOf[name]].map((text: string | ((id: string) => string)) =>
    typeof text === 'string' ? text : text('01990000-0000-7000-8000-000000000001'),
  );

  it('name its own tools only', () => {
    const named = mentioned(toolLike, [{ file: name, text: said.join('\n') }]).flatMap((mention) => mention.words);
    expect(named.length).toBeGreaterThan(6);
    expect(named.filter((one) => !tools[name].includes(one))).toEqual([]);
  });
});
