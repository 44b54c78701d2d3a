/** The Dockerfile of a deployment, from the template of its runtime. */
import { readFile } from 'node:fs/promises';
import { type Runtime } from '#contracts';

const DEPENDENCIES = /^# begin dependencies\n([\s\S]*?)^# end dependencies\n/m;

export async function dockerfileFor(runtime: Runtime, { dependencies }: { dependencies: boolean }): Promise<string> {
  const template = new URL(`../../../../deploy/docker/worker-${runtime}.Dockerfile`, import.meta.url);
  return renderDockerfile(await readFile(template, 'utf8'), { dependencies });
}

export function renderDockerfile(template: string, { dependencies }: { dependencies: boolean }): string {
  return template.replace(DEPENDENCIES, dependencies ? '$1' : '');
}
