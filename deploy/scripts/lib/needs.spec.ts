import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** What a command does: mends a need that prints while it is mended, then answers. */
const command = `
  import { run, tell } from './commands.mjs';
  import { ensure } from './needs.mjs';
  let isMissing = true;
  const mend = () => {
    tell('Mending');
    run(process.execPath, ['-e', 'console.log("a compiler says"); console.error("something")']);
    isMissing = false;
  };
  await ensure([{ name: 'thing', installs: false, missing: () => (isMissing ? 'absent' : undefined), mend }]);
  console.log(JSON.stringify({ ok: true }));
`;

describe('a command that mends what it needs', () => {
  it('leaves stdout to its answer', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', command], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    expect({ status, answer: JSON.parse(stdout) as unknown }).toEqual({ status: 0, answer: { ok: true } });
    expect(stderr).toBe('Mending\na compiler says\nsomething\n');
  });
});
