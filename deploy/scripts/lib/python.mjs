// The need for Python: it runs Python tasks wherever workers are processes, and makes an environment for the packages of each.
import { capture, findProgram } from './commands.mjs';

/** To load them takes a tenth of a second more, on every start. */
const lookForModules = `import sys; from importlib.util import find_spec; sys.exit(not (find_spec('ensurepip') and find_spec('venv')))`;

export const python = {
  name: 'Python',
  packages: { apt: ['python3', 'python3-venv'], brew: ['python'] },
  missing() {
    if (!findProgram('python3')) return 'python3 not found';
    return capture('python3', ['-ISc', lookForModules]).ok ? undefined : 'python3 cannot make virtual environments';
  },
};
