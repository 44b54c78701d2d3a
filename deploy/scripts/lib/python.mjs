// The need for Python: it runs Python tasks wherever workers are processes, and makes an environment for the packages of each.
import { capture, findProgram } from './commands.mjs';

export const python = {
  name: 'Python',
  packages: { apt: ['python3', 'python3-venv'], brew: ['python'] },
  missing() {
    if (!findProgram('python3')) return 'python3 not found';
    return capture('python3', ['-c', 'import ensurepip, venv']).ok
      ? undefined
      : 'python3 cannot make virtual environments';
  },
};
