// What `npm run build` makes of each program needs no packages beside it. That it works with servers is what the other files here show.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceNames } from '../../deploy/local/index.js';
import { dist } from './cli-program.js';

describe('a built program, alone in its folder', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tasksmith-one-file-'));
    cpSync(dist, join(folder, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.map') });
    cpSync(resolve(dist, '../package.json'), join(folder, 'package.json'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (program: string, ...args: string[]) =>
    spawnSync(process.execPath, [join(folder, 'dist', program, 'main.js'), ...args], {
      encoding: 'utf8',
      cwd: folder,
      env: { PATH: process.env['PATH'] },
    });

  it.each(serviceNames)('%s loads, and says which settings it lacks', (name) => {
    const { status, stderr } = run(`apps/${name}`);
    expect(stderr).toContain('DATABASE_URL is not set');
    expect(status).toBe(78);
  });

  it('migrate loads, and says which settings it lacks', () => {
    const { status, stderr } = run('apps/migrate');
    expect(stderr).toContain('DATABASE_OWNER_URL is not set');
    expect(status).toBe(1);
  });

  it('the command line knows its version', () => {
    expect(run('apps/cli', '--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });

  it('the local stack shows its help', () => {
    expect(run('deploy/local', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--home') });
  });
});
