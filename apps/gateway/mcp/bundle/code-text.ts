/** Source code as lines: found out of its wrapping, shifted left and right without touching what stands inside strings. */

type Quotes = readonly string[];
const pythonStrings: Quotes = ['"""', "'''"];
const nodeStrings: Quotes = ['`'];
export const multiLineStrings = { python: pythonStrings, node: nodeStrings } as const;

/** Without a Markdown fence around it, outer blank lines, carriage returns and tabs at the start of lines. */
export function unwrapped(code: string): string {
  const fenced = /^\s*```[\w-]*[ \t]*\r?\n([\s\S]*?)\r?\n?[ \t]*```\s*$/.exec(code)?.[1] ?? code;
  return fenced
    .replaceAll('\r\n', '\n')
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd()
    .replace(/^[ \t]+/gm, (margin) => margin.replaceAll('\t', '    '));
}

/** Shifted left until its leftmost line stands at the margin. Also when only the first line had lost its margin. */
export function dedented(code: string, quotes: Quotes): string {
  const lines = code.split('\n');
  const inString = linesWithinStrings(lines, quotes);
  const margins = lines.map((line, index) => (inString[index] || line.trim() === '' ? Infinity : marginOf(line)));
  const common = Math.min(...margins);
  if (common > 0) return shifted(lines, inString, common, 0);
  const others = Math.min(...margins.slice(1));
  const firstIsTorn = margins[0] === 0 && others > 0 && others !== Infinity && !opensBlock(lines[0]!);
  return firstIsTorn ? shifted(lines, inString, others, 1) : code;
}

export function indented(code: string, margin: string, quotes: Quotes): string {
  const lines = code.split('\n');
  const inString = linesWithinStrings(lines, quotes);
  return lines.map((line, index) => (inString[index] || line.trim() === '' ? line : margin + line)).join('\n');
}

/** True for each line that begins inside a string of several lines. */
export function linesWithinStrings(lines: readonly string[], quotes: Quotes): boolean[] {
  let open: string | undefined;
  return lines.map((line) => {
    const within = open !== undefined;
    open = openAfter(line, open, quotes);
    return within;
  });
}

function openAfter(line: string, open: string | undefined, quotes: Quotes): string | undefined {
  let within = open;
  for (let at = 0; at < line.length; at++) {
    if (within !== undefined) {
      if (line[at] === '\\') at += 1;
      else if (line.startsWith(within, at)) {
        at += within.length - 1;
        within = undefined;
      }
      continue;
    }
    const quote = quotes.find((one) => line.startsWith(one, at));
    if (quote) {
      within = quote;
      at += quote.length - 1;
    } else if (isComment(line, at, quotes)) return undefined;
    else if (line[at] === '"' || line[at] === "'") at = endOfString(line, at);
  }
  return within;
}

const isComment = (line: string, at: number, quotes: Quotes): boolean =>
  quotes === nodeStrings ? line.startsWith('//', at) : line[at] === '#';

/** The closing quote of a string on one line, or the end of the line. */
function endOfString(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === line[start]) return at;
  }
  return line.length;
}

function shifted(lines: readonly string[], inString: readonly boolean[], by: number, from: number): string {
  return lines
    .map((line, index) => (index < from || inString[index] ? line : line.slice(Math.min(by, marginOf(line)))))
    .join('\n');
}

const marginOf = (line: string): number => /^ */.exec(line)![0].length;
const opensBlock = (line: string): boolean => /[:([{,\\]\s*(#.*)?$/.test(line) || line.startsWith('@');
