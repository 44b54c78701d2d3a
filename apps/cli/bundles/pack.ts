/** Packs the files of a bundle as tar.gz in memory: the same files give the same bytes, so that the same bundle is recognised. */
import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import tar from 'tar-stream';
import { type BundleFile } from './read-folder.js';

export async function pack(files: readonly BundleFile[]): Promise<Buffer> {
  const archive = tar.pack();
  const bytes = buffer(archive);
  for (const { path, content } of files) archive.entry({ name: path, mode: 0o644, mtime: new Date(0) }, content);
  archive.finalize();
  return gzipSync(await bytes);
}
