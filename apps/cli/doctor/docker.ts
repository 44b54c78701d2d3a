/** The Docker engine: whether it answers this user. Without one, workers run as processes. */
import Docker from 'dockerode';
import { bad, type Check, note, ok } from './check.js';

export const docker: Check = {
  name: 'Docker',
  async look({ env }) {
    const isDemanded = env['TASKSMITH_WORKER_HOST'] === 'docker';
    try {
      const { Version } = await new Docker({ timeout: 5_000 }).version();
      return ok(`engine ${Version}`);
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      const judge = isDemanded ? bad : note;
      if (code === 'EACCES')
        return judge('this user may not use the Docker socket', 'sudo usermod -aG docker "$USER", then log in again.');
      const why = code === 'ENOENT' || code === 'ECONNREFUSED' ? 'no engine answers' : message;
      return judge(
        `${why}; workers run as processes`,
        'For containers: sudo apt-get install docker.io, sudo systemctl start docker.',
      );
    }
  },
};
