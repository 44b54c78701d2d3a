// Makes the base images that the Dockerfiles and the compose file name, from the system's packages, where the engine lacks them.
//
// For machines that reach no image registry. An image that is present is never replaced, so a pulled one stays. What is made here
// carries the label io.tasksmith.base=local, and has the versions of the system: Python 3.11 under the name python:3.12-slim, say.
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { capture, captureAsync, findProgram, tell } from './lib/commands.mjs';
import { dockerEngine } from './lib/docker-engine.mjs';
import { debian, recipes } from './lib/image-recipes.mjs';
import { ensure } from './lib/needs.mjs';
import { cache } from './lib/paths.mjs';

const atOnce = 2;
/** Files nobody reads in a container, and flushing after each file, make up half of an installation's time. */
const dpkgSettings = [
  'force-unsafe-io',
  'path-exclude=/usr/share/doc/*',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/lintian/*',
];
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** The builder of Docker 20.10, which is there with and without BuildKit. */
const classicBuilder = { env: { ...process.env, DOCKER_BUILDKIT: '0' } };

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await ensure(dockerEngine);
  await makeBaseImages();
}

/** Makes what is missing; answers the names of what was made. */
export async function makeBaseImages() {
  const missing = recipes.filter((recipe) => !isPresent(recipe.image));
  if (missing.length === 0) return [];
  if (!canBuildDebian()) return pull(missing);
  const startedAt = Date.now();
  tell(`Making base images from Debian packages: ${missing.map((recipe) => recipe.image).join(', ')}`);
  if (!isPresent(debian)) await importDebian();
  await inGroupsOf(
    atOnce,
    missing.filter((recipe) => recipe.image !== debian),
    buildImage,
  );
  tell(`Base images are ready after ${Math.round((Date.now() - startedAt) / 1000)} s`);
  return missing.map((recipe) => recipe.image);
}

/** The need for all of them, once there is an engine to ask. */
export const baseImages = {
  name: 'base images',
  missing() {
    const absent = recipes.map((recipe) => recipe.image).filter((image) => !isPresent(image));
    return absent.length > 0 ? `the Docker engine lacks ${absent.join(', ')}` : undefined;
  },
  mend: makeBaseImages,
};

function isPresent(image) {
  return capture('docker', ['image', 'inspect', image]).ok;
}

function canBuildDebian() {
  return process.getuid?.() === 0 && findProgram('mmdebstrap') !== undefined;
}

function pull(missing) {
  for (const { image } of missing) {
    tell(`Pulling ${image}`);
    const { ok, output } = capture('docker', ['pull', '--quiet', image]);
    if (!ok)
      throw new Error(
        `${image} is not there, cannot be pulled, and can be made only as root on Debian or Ubuntu:\n${output}`,
      );
  }
  return missing.map(({ image }) => image);
}

async function importDebian() {
  const tarball = join(cache, 'debian-bookworm.tar');
  if (!existsSync(tarball)) await bootstrap(tarball);
  const settings = [
    '--change',
    `ENV PATH=${path}`,
    '--change',
    'CMD ["bash"]',
    '--change',
    'LABEL io.tasksmith.base=local',
  ];
  await docker(['import', ...settings, tarball, debian]);
}

/** Written under another name first: an interrupted run must not leave half a system in the cache. */
async function bootstrap(tarball) {
  mkdirSync(cache, { recursive: true });
  const settings = dpkgSettings.map((setting) => `--dpkgopt=${setting}`);
  const args = [
    '--variant=minbase',
    '--quiet',
    ...settings,
    '--aptopt=Acquire::Languages "none"',
    'bookworm',
    `${tarball}.part.tar`,
  ];
  const { ok, output } = await captureAsync('mmdebstrap', [...args, 'http://deb.debian.org/debian']);
  if (!ok) throw new Error(`mmdebstrap could not make ${debian}:\n${output}`);
  renameSync(`${tarball}.part.tar`, tarball);
}

async function buildImage({ image, dockerfile, files = {}, copies = {} }) {
  const context = mkdtempSync(join(tmpdir(), 'tasksmith-image-'));
  try {
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(context, name), content, { mode: 0o755 });
    for (const [name, source] of Object.entries(copies)) copyInto(join(context, name), source);
    // Name resolution on a bridge needs a resolver that containers can reach; the machine's own network always has one.
    await docker(
      ['build', '--network', 'host', '--label', 'io.tasksmith.base=local', '--tag', image, context],
      classicBuilder,
    );
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

function copyInto(target, source) {
  mkdirSync(dirname(target), { recursive: true });
  if (existsSync(source)) cpSync(realpathSync(source), target, { recursive: true });
  else mkdirSync(target);
}

async function docker(args, options) {
  const { ok, output } = await captureAsync('docker', args, options);
  if (!ok) throw new Error(`docker ${args.slice(0, 6).join(' ')} failed:\n${output.split('\n').slice(-30).join('\n')}`);
}

/** Works through the items with so many under way at a time. */
async function inGroupsOf(count, items, act) {
  const waiting = [...items];
  const work = async () => {
    for (let item = waiting.shift(); item; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: count }, work));
}
