// The steps of the gate: a program that passes or fails as one check, and a vitest project whose tests are counted one by one.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { captureAsync } from './commands.mjs';
import { root } from './paths.mjs';

/** Of each failure, at the end of the gate. */
const SHOWN_LINES = 12;

/** Runs a program as one check; its output is shown only when it fails. `unless` answers whether it need not run at all. */
export async function runCheck(name, command, args, { unless = () => false, ...options } = {}) {
  const startedAt = Date.now();
  const { ok, output } = unless() ? { ok: true, output: '' } : await captureAsync(command, args, options);
  const seconds = (Date.now() - startedAt) / 1000;
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name} (${seconds.toFixed(1)} s)`);
  if (!ok) console.log(output);
  return {
    name,
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: 0,
    seconds,
    failures: ok ? [] : [lastLinesOf(output)],
  };
}

/** Runs the tests of one project, with their output on the terminal and their counts from vitest's report. */
export async function runVitest(project, filters, reportFolder) {
  mkdirSync(reportFolder, { recursive: true });
  const report = resolve(reportFolder, `${project}.json`);
  rmSync(report, { force: true });
  console.log(`\n${project} tests`);
  const startedAt = Date.now();
  const reporting = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const status = await attached(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    project,
    '--passWithNoTests',
    ...reporting,
    ...filters,
  ]);
  return { name: `${project} tests`, ...countsOf(report, status), seconds: (Date.now() - startedAt) / 1000 };
}

function attached(command, args) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    child.once('error', () => done(1));
    child.once('exit', (status) => done(status ?? 1));
  });
}

/**
 * A file that does not even load has no tests to count, and an error outside every test fails vitest without failing a test:
 * both count as one failure, so that the sum never looks better than the run was.
 */
function countsOf(report, status) {
  const content = readReport(report);
  if (!content) return { passed: 0, failed: status === 0 ? 0 : 1, skipped: 0, failures: [] };
  const unloadable = content.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = content.numFailedTests + unloadable;
  return {
    passed: content.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: content.numPendingTests + (content.numTodoTests ?? 0),
    failures:
      failed === 0 && status !== 0 ? ['an error outside every test, see above'] : failuresOf(content.testResults),
  };
}

/** What failed, each with its file, its name and the first words of the reason. */
function failuresOf(files) {
  return files
    .filter((file) => file.status === 'failed')
    .flatMap(({ name, message, assertionResults }) => [
      ...(message ? [`${relative(root, name)}\n${firstLinesOf(message)}`] : []),
      ...assertionResults
        .filter((test) => test.status === 'failed')
        .map((test) => `${relative(root, name)} > ${test.fullName}\n${firstLinesOf(test.failureMessages.join('\n'))}`),
    ]);
}

function firstLinesOf(text) {
  return text.split('\n').slice(0, SHOWN_LINES).join('\n');
}

function lastLinesOf(text) {
  return text.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
}

function readReport(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}
