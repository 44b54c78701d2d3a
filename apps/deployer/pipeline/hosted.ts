/** A deployment as a host takes it. */
import { type DeploymentId } from '#contracts';
import { type BundleStore } from '../bundles/index.js';
import { type Deployment } from '../deployment/index.js';
import { type HostedDeployment } from '../hosts/index.js';

export function hostedOf(id: DeploymentId, { requested, path }: Deployment, store: BundleStore): HostedDeployment {
  const { task, queue, runtime, entry, replicas, bundleSha256 } = requested;
  const files: HostedDeployment['files'] = async () => (await store.load(bundleSha256)).files;
  return { id, task, queue, runtime, entry, path: path ?? '', replicas, files };
}
