/** A worker's own temporary folder: what a killed one left there goes when the next one starts, or when the worker is stopped for good. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Short, because the path of a Unix socket may have 107 bytes, and programs make theirs in here. */
export function temporaryFolder(deploymentPath: string, worker: string): string {
  const key = createHash('sha256').update(`${deploymentPath}\0${worker}`).digest('hex').slice(0, 12);
  return join(tmpdir(), `tasksmith-${key}`);
}

/** Empty, and nobody else's. @throws EEXIST when what is there cannot be removed. */
export async function makeTemporaryFolder(deploymentPath: string, worker: string): Promise<void> {
  await removeTemporaryFolder(deploymentPath, worker);
  await mkdir(temporaryFolder(deploymentPath, worker), { mode: 0o700 });
}

/** Never throws: it is only rubbish, and no reason not to stop a worker. */
export async function removeTemporaryFolder(deploymentPath: string, worker: string): Promise<void> {
  const folder = temporaryFolder(deploymentPath, worker);
  await remove(folder)
    // Code may have made folders that not even their owner may change.
    .catch(() => openUp(folder).then(() => remove(folder)))
    .catch(() => undefined);
}

/** Tries again for a moment: of a worker that was killed, a child may still be writing. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await openUp(join(folder, entry.name));
}
