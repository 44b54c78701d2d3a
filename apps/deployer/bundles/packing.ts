/** A checked bundle as it is kept: a tar.gz, which any tool can open. */
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { type Bundle, bundleOf, type BundleFile } from './bundle.js';

const EPOCH = new Date(0);

/** The same bundle gives the same bytes. */
export async function packBundle({ files }: Bundle): Promise<Buffer> {
  const tar = pack();
  for (const { path, bytes } of files) tar.entry({ name: path, mode: 0o644, mtime: EPOCH }, bytes);
  tar.finalize();
  return promisify(gzip)(await buffer(tar), { level: 6 });
}

/** Believes what packBundle made. */
export async function unpackBundle(packed: Buffer): Promise<Bundle> {
  const tar = extract();
  tar.end(await promisify(gunzip)(packed));
  const files: BundleFile[] = [];
  for await (const entry of tar) files.push({ path: entry.header.name, bytes: await buffer(entry) });
  return bundleOf(files);
}
