/** A worker's own temporary folder: what a killed one left there goes when the next one starts, or when the worker is stopped for good. */
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Short, because the path of a Unix socket may have 107 bytes, and programs make theirs in here. */
export function temporaryFolder(deploymentPath: string, worker: string): string {
  const key = createHash('sha256').update(`${deploymentPath}\0${worker}`).digest('hex').slice(0, 12);
  return join(tmpdir(), `tasksmith-${key}`);
}

/** Empty, and nobody else's. */
export async function makeTemporaryFolder(deploymentPath: string, worker: string): Promise<void> {
  await removeTemporaryFolder(deploymentPath, worker);
  await mkdir(temporaryFolder(deploymentPath, worker), { mode: 0o700 });
}

/** Tries again for a moment: of a worker that was killed, a child may still be writing. */
export async function removeTemporaryFolder(deploymentPath: string, worker: string): Promise<void> {
  await rm(temporaryFolder(deploymentPath, worker), { recursive: true, force: true, maxRetries: 3 });
}
