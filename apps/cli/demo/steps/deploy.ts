import { timed, rounded } from '../figures.js';
import { type Stage } from '../stage.js';
import { type Summary } from '../summary.js';
import { description, QUEUE, smokeTests, TASK } from '../word-stats.js';
import { type CodeFile } from './write-code.js';

interface Deployed {
  deployment_id: string;
  version: number;
}

export async function deploy({ agent, screen }: Stage, files: CodeFile[]): Promise<Summary['deployment']> {
  screen.step('It deploys the code, with two smoke tests');
  const stages: string[] = [];
  const since = performance.now();
  const show = (message: string) => {
    if (message === '' || message === stages.at(-1)) return;
    stages.push(message);
    const second = ((performance.now() - since) / 1_000).toFixed(1).padStart(5);
    screen.say(`${screen.colours.dim(`${second} s`)}  ${message}`);
  };
  const bundle = { task_name: TASK, description, queue: QUEUE, category: 'text', runtime: 'python', files };
  const { value, ms } = await timed(() =>
    agent.call<Deployed>('deploy_task', { ...bundle, smoke_tests: smokeTests }, show),
  );
  const seconds = rounded(ms / 1_000);
  const { host } = await agent.call<{ host: 'docker' | 'process' }>('get_deployment', {
    deployment_id: value.deployment_id,
  });
  const where = host === 'docker' ? 'a Docker container' : 'a process of its own';
  screen.done(`version ${value.version} serves after ${seconds} s, in ${where}`);
  return {
    deploymentId: value.deployment_id,
    version: value.version,
    host,
    seconds,
    stages,
    smokeTests: smokeTests.length,
  };
}
