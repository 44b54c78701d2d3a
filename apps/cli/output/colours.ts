/** Colours for one stream: none when it is not a terminal, when NO_COLOR is set, or when TERM is dumb. */
import pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

export function coloursFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Colours {
  return pc.createColors(Boolean(stream.isTTY) && !env['NO_COLOR'] && env['TERM'] !== 'dumb');
}
