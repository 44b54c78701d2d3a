/** What `npm run demo -- ...` understands. */
import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Ends with the tour and stops what it started, instead of staying up. */
  once: boolean;
  /** One summary document on stdout; what people read goes to stderr. */
  json: boolean;
  home?: string;
  port?: number;
}

export const demoHelp = `npm run demo -- [--once] [-o json] [--home <folder>] [--port <number>]

  --once           end after the tour and stop what it started
  -o, --output     text (default) or json: one summary document on stdout
  --home <folder>  where data, logs and secrets are; default .tasksmith
  --port <number>  the gateway's port; default 7070, or the next free one

  npm run demo
  npm run --silent demo -- --once -o json   (without --silent, npm itself writes to stdout)
`;

/** @throws Error on what it does not understand. */
export function readDemoOptions(args: string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      once: { type: 'boolean', default: false },
      output: { type: 'string', short: 'o', default: 'text' },
      home: { type: 'string' },
      port: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  if (values.output !== 'text' && values.output !== 'json')
    throw new Error(`--output takes text or json, not ${values.output}`);
  if (values.port !== undefined && !/^\d{1,5}$/.test(values.port))
    throw new Error(`--port takes a number, not ${values.port}`);
  return {
    once: values.once,
    json: values.output === 'json',
    ...(values.home !== undefined && { home: values.home }),
    ...(values.port !== undefined && { port: Number(values.port) }),
  };
}
