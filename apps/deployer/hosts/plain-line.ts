/** Lines that programs print, as they may be kept and shown. */

const LONGEST_LINE = 4_000;

/** ECMA-48: ESC [ ... letter; ESC ] ... BEL or ESC \; ESC with one character. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const TERMINAL_COMMANDS = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** Without colours and other commands to a terminal: what the code of a bundle prints ends up on terminals of operators. */
export function plainLine(line: string): string {
  return line
    .slice(0, 2 * LONGEST_LINE)
    .replace(TERMINAL_COMMANDS, '')
    .replaceAll('\t', '  ')
    .replace(/\p{Cc}/gu, '')
    .slice(0, LONGEST_LINE);
}
