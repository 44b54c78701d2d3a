/**
 * Takes a bundle in.
 * Steps: look whether the deployment exists, open the bundle, inspect it, lay it out, keep it, record the request. A refusal on the way leaves nothing.
 */
import { type DeployBundle, isRefused, type ParsedInputOf, refuse, type Refused, type SmokeTest } from '#contracts';
import { type Clock } from '#lifecycle';
import {
  type Bundle,
  type BundleStore,
  type DeploymentFolders,
  inspectBundle,
  type Inspected,
  openBundle,
  type OpenBundleOptions,
} from '../bundles/index.js';
import { type CommandOf, declare, type Deployment } from '../deployment/index.js';
import { type DeploymentHandler } from '../deployment-handler.js';

export interface BundleIntakeParts {
  handler: DeploymentHandler;
  store: BundleStore;
  folders: DeploymentFolders;
  clock: Clock;
  options: OpenBundleOptions;
}

type Input = ParsedInputOf<typeof DeployBundle>;

export class BundleIntake {
  constructor(private readonly parts: BundleIntakeParts) {}

  /** The same deployment id again gets the deployment that it made the first time. */
  async take(input: Input): Promise<Deployment | Refused> {
    const { state } = await this.parts.handler.load(input.deploymentId);
    if (state) return state;
    const bundle = await openBundle(input.source, this.parts.options);
    if (isRefused(bundle)) return bundle;
    const inspected = inspectBundle(bundle, input);
    return isRefused(inspected) ? inspected : this.keep(input, bundle, inspected);
  }

  private async keep(input: Input, bundle: Bundle, inspected: Inspected): Promise<Deployment | Refused> {
    const { deploymentId: id, task, queue, actor } = input;
    const path = this.parts.folders.pathOf({ task, queue, id });
    const kept = await this.layOutAndSave(path, bundle);
    if (isRefused(kept)) return kept;
    const command = requestOf(input, { bundle, inspected, path, at: this.parts.clock.now() });
    const handled = await this.parts.handler.handle(id, command, { actor });
    return isRefused(handled) ? handled : handled.state!;
  }

  private async layOutAndSave(path: string, bundle: Bundle): Promise<Refused | void> {
    try {
      await this.parts.folders.layOut(path, bundle);
      await this.parts.store.save(bundle);
    } catch (error) {
      await this.parts.folders.remove(path).catch(() => undefined);
      if (isDiskFull(error)) return refuse('disk.full', `The bundle of ${bundle.bytes} bytes does not fit on the disk`);
      throw error;
    }
  }
}

function requestOf(
  input: Input,
  { bundle, inspected, path, at }: { bundle: Bundle; inspected: Inspected; path: string; at: number },
): CommandOf<'RequestDeployment'> {
  const { task, description, category, queue, replicas, concurrency, actor } = input;
  const { runtime, entry, manifest } = inspected;
  const smokeTests: SmokeTest[] = input.smokeTests.length > 0 ? input.smokeTests : manifest.smokeTests;
  return {
    type: 'RequestDeployment',
    ...{ at, task, description, category, queue, runtime, entry, path, replicas, concurrency, smokeTests, by: actor },
    bundleSha256: bundle.sha256,
    files: bundle.files.map((file) => ({ path: file.path, size: file.bytes.length })),
    declarations: declare(input, manifest.tasks),
  };
}

function isDiskFull(error: unknown): boolean {
  const { code } = error as { code?: string };
  // 53100: the disk of Postgres.
  return code === 'ENOSPC' || code === 'EDQUOT' || code === '53100';
}
