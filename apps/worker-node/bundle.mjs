// Makes dist/apps/worker-node/worker.mjs: the whole runtime of Node workers in one file, which needs nothing but Node.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

export async function bundleNodeWorker(outfile = resolve(here, '../../dist/apps/worker-node/worker.mjs')) {
  await build({
    entryPoints: [resolve(here, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'inline',
    absWorkingDir: resolve(here, '../..'),
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleNodeWorker(process.argv[2]);
