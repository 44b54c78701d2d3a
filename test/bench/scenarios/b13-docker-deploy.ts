/** B13: a Python bundle into a container, base image present: from the request until it serves, smoke tests included. */
import { type Bench } from '../bench.js';
import { atMost, type Findings } from '../figures.js';
import { type Platform } from '../platform/platform.js';
import { medianOf } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const dockerDeploy: Scenario = { id: 'b13', title: 'Docker deploy of a Python bundle', measure };

async function measure(bench: Bench): Promise<Findings> {
  if (!process.env['TASKSMITH_BENCH_DOCKER']) {
    if (process.env['CI']) throw new Error('no Docker engine, and CI is set');
    return { figures: [], series: [], notes: ['left out: no Docker engine with the base images'] };
  }
  const platform = await bench.startPlatform('in containers', { workerHost: 'docker' });
  const first = await deploy(platform, 0);
  const seconds: number[] = [];
  for (let round = 1; round <= bench.size(5, 1); round++) seconds.push(await deploy(platform, round));
  return {
    figures: [
      { id: 'B13', name: 'request until active', unit: 's', value: medianOf(seconds), must: atMost(6), aim: atMost(3) },
    ],
    series: [{ name: 'Tasksmith', unit: 's', values: seconds }],
    notes: [
      `each another bundle on a queue of its own, with two smoke tests; the very first, not counted, took ${first.toFixed(1)} s`,
    ],
  };
}

async function deploy(platform: Platform, round: number): Promise<number> {
  const smokeTests = [
    { task: 'add', arguments: { a: 1, b: 2 }, expect: 3 },
    { task: 'add', arguments: { a: round, b: 1 }, expect: round + 1 },
  ];
  const { seconds } = await platform.deploy({
    runtime: 'python',
    queue: `bench_docker_${round}`,
    smokeTests,
    comment: `round ${round}`,
  });
  return seconds;
}
