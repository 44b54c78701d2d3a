// `npm run build`: compiles everything into dist, then puts the files that are not TypeScript beside their readers there.
import './lib/plain-errors.mjs';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { bundlePrograms } from './bundle.mjs';
import { fingerprint, recordBuild } from './lib/built.mjs';
import { run } from './lib/commands.mjs';
import { root } from './lib/paths.mjs';

const dist = resolve(root, 'dist');
const trees = ['apps', 'libs', 'deploy/docker', 'deploy/local', 'examples'];
const notCopied = new Set(['.ts', '.tsx', '.mts', '.pyc']);
/** The console has a build of its own; its result, if there is one, is copied as it is. */
const ownBuild = 'apps/console';

await build();

async function build() {
  const before = fingerprint();
  rmSync(dist, { recursive: true, force: true });
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
  run(process.execPath, ['apps/worker-node/bundle.mjs']);
  await bundlePrograms();
  for (const tree of trees) copyAssets(tree);
  copyWhole(`${ownBuild}/dist`);
  recordBuild(before);
}

function copyAssets(folder) {
  if (folder === ownBuild || !existsSync(resolve(root, folder))) return;
  for (const entry of readdirSync(resolve(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) copyTree(entry.name, path);
    else if (isAsset(path)) copyFile(path);
  }
}

function copyTree(name, path) {
  if (name !== 'node_modules' && name !== '__pycache__') copyAssets(path);
}

/** The runtimes of workers and the examples are sources to hand on, so their TypeScript is copied too. */
function isAsset(path) {
  const handedOn = path.startsWith('examples/') || /^apps\/worker-[^/]+\/templates\//.test(path);
  return handedOn || !notCopied.has(extname(path));
}

function copyFile(path) {
  mkdirSync(dirname(resolve(dist, path)), { recursive: true });
  cpSync(resolve(root, path), resolve(dist, path));
}

function copyWhole(folder) {
  if (existsSync(resolve(root, folder))) cpSync(resolve(root, folder), resolve(dist, folder), { recursive: true });
}
