/** Builds the image of a deployment: the context is made in memory, and the engine's words are passed on line by line. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { DEPENDENCY_FILES, hasDependencies } from '../dependencies.js';
import { plainLine } from '../plain-line.js';
import { filesOfRuntime, type Runtimes } from '../runtimes.js';
import {
  BUILD_WITHIN_MS,
  type HostedDeployment,
  HostFailure,
  isDiskFull,
  type PrepareOptions,
} from '../worker-host.js';
import { dockerfileFor } from './dockerfile.js';
import { imageName } from './names.js';

export interface BuildSettings {
  /** Base image of each runtime; no other is ever used. */
  baseImages: { python: string; node: string };
  runtimes: Runtimes;
}

const EPOCH = new Date(0);
const LOG_KEPT = 200;
const BUILD_MEMORY_BYTES = 2 * 2 ** 30;

export class ImageBuilder {
  constructor(
    private readonly engine: Docker,
    private readonly settings: BuildSettings,
  ) {}

  /** The image's name. @throws HostFailure with the end of the build log. */
  async build(
    deployment: HostedDeployment,
    labels: Record<string, string>,
    { log, signal }: PrepareOptions,
  ): Promise<string> {
    const image = imageName(deployment);
    const { context, dependencies } = await this.contextOf(deployment, log);
    const withinTime = AbortSignal.any([signal, AbortSignal.timeout(BUILD_WITHIN_MS)]);
    const stream = await this.engine.buildImage(Readable.from([context]) as NodeJS.ReadableStream, {
      t: image,
      labels,
      buildargs: { BASE_IMAGE: this.settings.baseImages[deployment.runtime] },
      // Only packages need a network; without any, none of the build's steps could reach out.
      networkmode: dependencies ? 'default' : 'none',
      rm: true,
      forcerm: true,
      memory: BUILD_MEMORY_BYTES,
      memswap: BUILD_MEMORY_BYTES,
      abortSignal: withinTime,
    });
    await this.follow(stream, log).catch((error: unknown) => {
      signal.throwIfAborted();
      if (!withinTime.aborted) throw error;
      throw new HostFailure('build.failed', `The build took longer than ${BUILD_WITHIN_MS / 1_000} s`);
    });
    return image;
  }

  private async contextOf(deployment: HostedDeployment, log: (line: string) => void) {
    const files = await deployment.files();
    const has = files.find(({ path }) => path === DEPENDENCY_FILES[deployment.runtime]);
    const dependencies = hasDependencies(deployment.runtime, has?.bytes.toString('utf8'));
    if (files.some(({ path }) => path === 'Dockerfile'))
      log('The Dockerfile of the bundle is kept as a file; the image is built with the generated one.');
    const tar = pack();
    const entry = (name: string, bytes: Buffer | string): void =>
      void tar.entry({ name, mode: 0o644, mtime: EPOCH }, bytes);
    entry('Dockerfile', await dockerfileFor(deployment.runtime, { dependencies }));
    for (const { path, bytes } of await filesOfRuntime(this.settings.runtimes, deployment.runtime))
      entry(`runtime/${path}`, bytes);
    for (const { path, bytes } of files) entry(`bundle/${path}`, bytes);
    tar.finalize();
    return { context: await buffer(tar as unknown as AsyncIterable<Buffer>), dependencies };
  }

  private async follow(stream: NodeJS.ReadableStream, log: (line: string) => void): Promise<void> {
    const lines: string[] = [];
    for await (const text of createInterface({ input: stream })) {
      const { stream: said, status, error } = JSON.parse(text) as { stream?: string; status?: string; error?: string };
      for (const line of (said ?? status ?? error ?? '').split(/[\r\n]+/).map(plainLine)) {
        if (line.trim() === '') continue;
        log(line);
        lines.push(line);
        if (lines.length > LOG_KEPT) lines.shift();
      }
      if (error !== undefined) throw failureOf(error, lines);
    }
  }
}

function failureOf(message: string, log: readonly string[]): HostFailure {
  if (isDiskFull({ message })) return new HostFailure('disk.full', 'The disk of the container engine is full', log);
  return new HostFailure('build.failed', `The image cannot be built: ${message}`, log);
}
