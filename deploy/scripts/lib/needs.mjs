// What a command needs before it can run: `ensure` looks at every need, then installs what is missing or reports it.
//
// A need is `{ name, missing(), packages?, mend?(), installs? }`: `missing` answers what is wrong in a few words, or undefined; it is
// mended by system packages (`packages: { apt: [...], brew: [...] }`), by its own `mend`, or by both in that order. `installs: false`
// marks what only uses what is there (compiling, starting an engine) and so is done under TASKSMITH_NO_INSTALL=1 too.
import { installPackages, packagesFor } from './system-packages.mjs';

export const reportOnly = process.env.TASKSMITH_NO_INSTALL === '1';

/** Mends every need that is missing, in the order given. With TASKSMITH_NO_INSTALL=1 it lists them all and exits with 1. */
export async function ensure(needs) {
  const missing = needs.map((need) => ({ need, why: need.missing() })).filter(({ why }) => why);
  if (missing.length === 0) return;
  if (reportOnly && missing.some(({ need }) => installs(need)))
    reportAndExit(missing.filter(({ need }) => installs(need)));

  installPackages(missing.map(({ need }) => need).filter((need) => need.packages));
  for (const { need } of missing) {
    if (need.mend && need.missing()) await need.mend();
    const still = need.missing();
    if (still) throw new Error(`${need.name} is still not usable: ${still}`);
  }
}

function installs(need) {
  return need.installs !== false;
}

function reportAndExit(missing) {
  console.error('TASKSMITH_NO_INSTALL=1, so nothing is installed. Missing:');
  for (const { need, why } of missing) console.error(`  - ${need.name}: ${why}${hint(need)}`);
  process.exit(1);
}

function hint(need) {
  const packages = packagesFor(need);
  return packages.length > 0 ? ` (packages: ${packages.join(' ')})` : '';
}
