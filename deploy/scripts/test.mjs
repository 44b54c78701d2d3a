// `npm test`: brings everything the tests need, then runs every check and every test, and closes with one line of counts.
//
//   npm test                              the whole gate
//   npm test -- unit                      the unit tests only (no servers, no Docker)
//   npm test -- integration <filter>      the integration tests whose file matches
//   npm test -- unit integration e2e      several kinds
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { baseImages } from './base-images.mjs';
import { built } from './lib/built.mjs';
import { findProgram } from './lib/commands.mjs';
import { dockerEngine } from './lib/docker-engine.mjs';
import { runCheck, runVitest } from './lib/gate-steps.mjs';
import { ensure } from './lib/needs.mjs';
import { npmPackages } from './lib/npm-packages.mjs';
import { cache, root } from './lib/paths.mjs';
import { python } from './lib/python.mjs';
import { systemServers } from './lib/system-servers.mjs';

const kinds = ['unit', 'integration', 'e2e'];
const { chosen, filters } = readArguments(process.argv.slice(2));
const isWhole = chosen.length === 0;
const results = [];

try {
  await prepare();
  if (isWhole) results.push(await runBuild());
  const sourceChecks = isWhole ? runSourceChecks() : [];
  if (isWhole) await runChecks();
  for (const kind of isWhole ? kinds : chosen) results.push(await runVitest(kind, filters, resolve(cache, 'tests')));
  results.push(...(await sourceChecks));
  if (isWhole) results.push(await runBenchSmoke());
} catch (error) {
  console.error(`\n${error.message}`);
  results.push({ name: 'preparation', passed: 0, failed: 1, skipped: 0, seconds: 0, failures: [error.message] });
}
process.exit(summarise());

/** Leading words that are kinds of tests choose them; what follows are vitest's filters and options. */
function readArguments(words) {
  const firstFilter = words.findIndex((word) => !kinds.includes(word));
  const count = firstFilter === -1 ? words.length : firstFilter;
  return { chosen: words.slice(0, count), filters: words.slice(count) };
}

async function prepare() {
  const needsServers = isWhole || chosen.some((kind) => kind !== 'unit');
  const needsContainers = isWhole || chosen.includes('e2e');
  // Tests always bring servers of their own, whatever the environment points at.
  const needs = [
    npmPackages,
    ...(needsServers ? [...systemServers({}), python] : []),
    ...(needsContainers ? [...dockerEngine, baseImages] : []),
  ];
  await ensure(needs);
  // A gate that cannot compile still says what else is wrong, so the build is a check of its own there.
  if (needsServers && !isWhole) await ensure([built]);
}

function runBuild() {
  return runCheck('build', process.execPath, ['deploy/scripts/build.mjs'], {
    unless: () => built.missing() === undefined,
  });
}

/** Every scenario of the benchmark with tiny counts: what it checks must hold, how fast it is does not matter. */
function runBenchSmoke() {
  return runCheck('benchmark, a smoke', process.execPath, ['deploy/scripts/bench.mjs', '--quick']);
}

/** What only reads the sources. Slow, and in nobody's way: it takes what processor time the tests leave, and is waited for at the end. */
async function runSourceChecks() {
  const checks = [
    ['typecheck', 'typescript/bin/tsc', '--noEmit'],
    ['lint', 'eslint/bin/eslint.js', '.', '--max-warnings', '0'],
    [
      'dependency arrows',
      'dependency-cruiser/bin/dependency-cruise.mjs',
      'apps',
      'libs',
      '--config',
      '.dependency-cruiser.cjs',
    ],
    ['format', 'prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ];
  const done = [];
  for (const [name, program, ...args] of checks)
    done.push(await runCheck(name, ...leisurely(process.execPath, [join('node_modules', program), ...args])));
  return done;
}

function leisurely(command, args) {
  return findProgram('nice') ? ['nice', ['-n', '19', command, ...args]] : [command, args];
}

async function runChecks() {
  const node = process.execPath;
  results.push(await runCheck('generated files', node, ['deploy/scripts/generate.mjs', '--check']));
  if (hasPythonTests('apps/worker-python')) {
    const interpreter = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
    results.push(
      await runCheck('python worker', interpreter, ['-m', 'unittest', 'discover', '-b'], {
        cwd: resolve(root, 'apps/worker-python'),
      }),
    );
  }
}

function hasPythonTests(folder) {
  const absolute = resolve(root, folder);
  return (
    existsSync(absolute) &&
    readdirSync(absolute, { recursive: true }).some((file) => /(^|\/)test_[^/]*\.py$/.test(String(file)))
  );
}

/** Once more, after all that the others printed: who sees only the end of the output still sees what to mend. */
function sayFailures() {
  for (const { name, failures } of results)
    for (const failure of failures) console.log(`\nFAILED  ${name}: ${failure}`);
}

/** Prints the table and the line of counts; answers the exit status. */
function summarise() {
  const isStrict = Boolean(process.env.CI);
  const failedIn = (step) => step.failed + (isStrict ? step.skipped : 0);
  const skipped = results.reduce((sum, step) => sum + step.skipped, 0);
  const passed = results.reduce((sum, step) => sum + step.passed, 0);
  const failed = results.reduce((sum, step) => sum + failedIn(step), 0);

  sayFailures();
  console.log(
    `\n${'step'.padEnd(20)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(9)}${'seconds'.padStart(10)}`,
  );
  for (const step of results) {
    const counts = `${String(step.passed).padStart(8)}${String(step.failed).padStart(8)}${String(step.skipped).padStart(9)}`;
    console.log(`${step.name.padEnd(20)}${counts}${step.seconds.toFixed(1).padStart(10)}`);
  }
  if (skipped > 0) console.log(`\n${skipped} skipped${isStrict ? ', counted as failed because CI is set' : ''}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}
