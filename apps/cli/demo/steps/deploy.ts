/** Deploys the code that was written, and shows the stages as they come. */
import { setTimeout as pause } from 'node:timers/promises';
import { rounded, timed } from '../figures.js';
import { type Stage } from '../stage.js';
import { type Summary } from '../summary.js';
import { description, QUEUE, smokeTests, TASK } from '../word-stats.js';
import { type CodeFile } from './write-code.js';

interface State {
  deployment_id: string;
  status: string;
  host: 'docker' | 'process';
  error?: string;
}

const LOOK_EVERY_MS = 500;
const ended = new Set(['active', 'failed', 'stopped', 'stopping', 'draining']);

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
  const { value: deployed, ms } = await timed(() => untilActive({ agent, screen }, files, show));
  const { version } = await agent.call<{ version: number }>('get_task_details', { task_name: TASK });
  const seconds = rounded(ms / 1_000);
  const where = deployed.host === 'docker' ? 'a Docker container' : 'a process of its own';
  screen.done(`version ${version} serves after ${seconds} s, in ${where}`);
  const { deployment_id: deploymentId, host } = deployed;
  return { deploymentId, version, host, seconds, stages, smokeTests: smokeTests.length };
}

/** A first build in containers outlives the patience of an MCP call, whose answer is then a handle to ask with. */
async function untilActive({ agent }: Stage, files: CodeFile[], show: (message: string) => void): Promise<State> {
  const bundle = { task_name: TASK, description, queue: QUEUE, category: 'text', runtime: 'python', files };
  const { deployment_id } = await agent.call<State>('deploy_task', { ...bundle, smoke_tests: smokeTests }, show);
  for (;;) {
    const state = await agent.call<State>('get_deployment', { deployment_id, log_lines: 0 });
    if (state.status === 'active') return state;
    if (ended.has(state.status))
      throw new Error(`The deployment is ${state.status}: ${state.error ?? 'no reason known'}`);
    show(state.status);
    await pause(LOOK_EVERY_MS);
  }
}
