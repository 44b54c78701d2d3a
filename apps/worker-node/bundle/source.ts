/** Reads one source file: takes its types away, finds what it imports. */
import { extname } from 'node:path';
import { transform } from 'sucrase';
import { parse } from 'sucrase/dist/parser/index.js';
import { TokenType as T } from 'sucrase/dist/parser/tokenizer/types.js';
import { BadBundle } from './manifest.js';

/** A module specifier written as a literal; `start` and `end` enclose the text within the quotes. */
export interface Specifier {
  text: string;
  start: number;
  end: number;
}

export interface Source {
  /** JavaScript, line by line where the file has it. */
  code: string;
  specifiers: Specifier[];
  isModule: boolean;
  usesImportMeta: boolean;
}

interface Token {
  type: number;
  start: number;
  end: number;
}

/** @throws BadBundle when it does not parse. */
export function readSource(path: string, text: string): Source {
  const [code, tokens] = understand(path, text.replace(/^#!.*/, ''));
  const word = (i: number) => (tokens[i] ? code.slice(tokens[i].start, tokens[i].end) : '');
  const isCall = (i: number) => tokens[i]?.type === T.parenL;
  const isDynamicImport = (i: number) => tokens[i]?.type === T._import && isCall(i + 1);
  const isMeta = (i: number) => word(i) === 'import' && tokens[i + 1]?.type === T.dot && word(i + 2) === 'meta';
  const isSpecifier = (i: number) => {
    if (tokens[i]?.type !== T.string) return false;
    if (isDynamicImport(i - 2)) return tokens[i + 1]?.type === T.parenR || tokens[i + 1]?.type === T.comma;
    return tokens[i - 1]?.type === T._import || word(i - 1) === 'from';
  };
  const isModuleSyntax = (i: number) =>
    tokens[i]?.type === T._export || (tokens[i]?.type === T._import && !isCall(i + 1));

  const every = [...tokens.keys()];
  const usesImportMeta = every.some(isMeta);
  return {
    code,
    specifiers: every.filter(isSpecifier).map((i) => within(code, tokens[i]!)),
    isModule: usesImportMeta || every.some(isModuleSyntax),
    usesImportMeta,
  };
}

function understand(path: string, text: string): [string, Token[]] {
  try {
    const code = isTypeScript(path)
      ? transform(text, { transforms: ['typescript'], disableESTransforms: true }).code
      : text;
    return [code, parse(code, false, false, false).tokens];
  } catch (error) {
    throw new BadBundle(`SyntaxError in ${path}: ${(error as Error).message}`);
  }
}

export function isTypeScript(path: string): boolean {
  return ['.ts', '.mts', '.cts'].includes(extname(path));
}

function within(code: string, { start, end }: Token): Specifier {
  return { text: code.slice(start + 1, end - 1), start: start + 1, end: end - 1 };
}
