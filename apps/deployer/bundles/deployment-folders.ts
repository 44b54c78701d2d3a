/** Deployment folders: `{base}/{task}_{queue}_{deployment id}/`, each with the bundle's files and, in `.tasksmith`, the platform's own. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DeploymentId, type QueueName, type TaskName } from '#contracts';
import { platformFolder } from '../layout.js';
import { type Bundle } from './bundle.js';

const MARK = 'laid-out';

export class DeploymentFolders {
  private readonly base: string;

  constructor(base: string) {
    this.base = resolve(base);
  }

  pathOf({ task, queue, id }: { task: TaskName; queue: QueueName; id: DeploymentId }): string {
    return join(this.base, `${task}_${queue}_${id}`);
  }

  /** Lays the files out unless that was done before; interrupted half-way it starts anew. */
  async layOut(path: string, bundle: Bundle): Promise<void> {
    const own = platformFolder(path);
    if (existsSync(join(own, MARK))) return;
    await mkdir(own, { recursive: true });
    for (const file of bundle.files) {
      await mkdir(dirname(join(path, file.path)), { recursive: true });
      await writeFile(join(path, file.path), file.bytes, { mode: 0o644 });
    }
    // Log and pid files of workers lie here: for the platform's own user only.
    await chmod(own, 0o700);
    await writeFile(join(own, MARK), bundle.sha256);
  }

  async remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }

  /** All that are there, whatever became of their deployments. */
  async list(): Promise<{ id: DeploymentId; path: string }[]> {
    const names = await readdir(this.base).catch(() => []);
    return names.flatMap((name) => {
      const id = DeploymentId.safeParse(name.slice(name.lastIndexOf('_') + 1));
      return id.success ? [{ id: id.data, path: join(this.base, name) }] : [];
    });
  }

  /** When a file was last added to it or removed, in epoch milliseconds; undefined when it is gone. */
  async changedAt(path: string): Promise<number | undefined> {
    return (await stat(path).catch(() => undefined))?.mtimeMs;
  }
}
