import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { localAdminKey, readSettings, type SettingsSource } from '../context/settings.js';
import { type Finding } from '../doctor/index.js';
import { table } from '../output/table.js';
import { withExamples } from './examples.js';

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('look for what is wrong on this machine, and say how to mend it')
    .action(async (_options: unknown, self: Command) => {
      const { checks } = await import('../doctor/index.js'); // with Docker's and Redis's clients, for this command only
      const context = contextOf(self);
      const { out, env, home } = context;
      const { url, key } = self.optsWithGlobals<{ url?: string; key?: string }>();
      const around = { env, home, ...reachableSettings({ env, home, url, apiKey: key }) };
      const findings = await Promise.all(checks.map(async ({ name, look }) => ({ name, ...(await look(around)) })));
      if (out.format !== 'table') out.list(findings, { columns: [], name: ({ name }) => name, empty: '' });
      else for (const line of shown(findings, out.dataColours)) out.data(line);
      if (findings.some(({ state }) => state === 'bad')) context.exitWith('error');
    });
  withExamples(command, 'doctor', 'doctor -o json');
}

/** Whatever of it is known: that something is missing is a finding, not a failure. */
function reachableSettings(source: SettingsSource): { url: string | undefined; apiKey: string | undefined } {
  try {
    return readSettings(source);
  } catch {
    const apiKey = source.apiKey ?? source.env['TASKSMITH_API_KEY'] ?? localAdminKey(source.home);
    return { url: source.url ?? source.env['TASKSMITH_URL'], apiKey };
  }
}

type Named = Finding & { name: string };

function shown(findings: Named[], colours: { green: Paint; yellow: Paint; red: Paint; dim: Paint }): string[] {
  const marks = { ok: colours.green('✓'), note: colours.yellow('!'), bad: colours.red('✗') };
  const rows = table(findings.map(({ state, name, detail }) => [marks[state], name, detail]));
  const mends = findings.filter(({ mend }) => mend).map(({ name, mend }) => `${name}: ${mend}`);
  return mends.length === 0 ? [rows] : [rows, '', 'To mend:', ...mends.map((line) => `  ${line}`)];
}

type Paint = (text: string) => string;
