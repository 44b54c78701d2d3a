// Puts each program of dist, with all that it imports, into one file, in the place of its main.js: to find and read 1,500 files took two seconds of
// processor time, and most of what they held was never used.
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { root } from './lib/paths.mjs';

const dist = resolve(root, 'dist');
/** Each two folders below dist. */
const programs = [
  'apps/gateway',
  'apps/registry',
  'apps/deployer',
  'apps/dispatcher',
  'apps/scheduler',
  'apps/migrate',
  'apps/cli',
  'deploy/local',
];

/** What packages load and nothing here uses. Paths below node_modules, in the dialect of Go. */
const unused = [
  // TypeORM loads the drivers of all databases before it looks which one is asked for.
  'typeorm/driver/[^p/][a-z0-9-]+/\\w+Driver\\.js',
  // Messages in fifty languages.
  'zod/v4/locales/index\\.js',
  // gRPC, for builds with BuildKit.
  'dockerode/lib/session\\.js',
];

/** Reads what tsc wrote. */
export async function bundlePrograms() {
  await build({
    entryPoints: programs.map((folder) => resolve(dist, folder, 'main.js')),
    outdir: dist,
    outbase: dist,
    allowOverwrite: true,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    // Packages have classes and functions of the same names, and messages show them.
    keepNames: true,
    // For `node --enable-source-maps`, which then names the lines that were written.
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'linked',
    logLevel: 'warning',
    // What CommonJS takes for granted.
    banner: {
      js: [
        `import { createRequire as requireFrom } from 'node:module';`,
        `const require = requireFrom(import.meta.url), __dirname = import.meta.dirname, __filename = import.meta.filename;`,
      ].join(''),
    },
    // As Node 21 has it. Without it `pg` makes a Response to see whether it runs at Cloudflare, and Node 20 loads all that belongs to fetch.
    define: { 'navigator.userAgent': '"Node.js"', navigator: '{}' },
    external: ['*.node'],
    plugins: [ownModules, packages],
  });
}

/** A module of ours finds the files beside it although it has moved. */
const ownModules = {
  name: 'own modules',
  setup({ onLoad }) {
    onLoad({ filter: /\/dist\/(apps|libs|deploy)\/.*\.js$/ }, async ({ path }) => {
      if (!path.startsWith(`${dist}/`)) return undefined;
      const place = `new URL(${JSON.stringify(`../../${relative(dist, path)}`)}, import.meta.url).href`;
      return { contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', place) };
    });
  },
};

const packages = {
  name: 'packages',
  setup({ onLoad, onResolve, resolve }) {
    onLoad({ filter: new RegExp(`/node_modules/(${unused.join('|')})$`) }, () => ({ contents: '' }));
    // Some ask for others that need not be there (transports, engines of templates): those stay an import, which fails as it did.
    onResolve({ filter: /^[^./#]/ }, async ({ path, importer, pluginData, ...how }) => {
      if (pluginData === packages || !importer.includes('/node_modules/')) return undefined;
      const { errors } = await resolve(path, { importer, ...how, pluginData: packages });
      return errors.length > 0 ? { path, external: true } : undefined;
    });
  },
};
