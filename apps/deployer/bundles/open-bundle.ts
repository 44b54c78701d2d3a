/** Turns a bundle on its way in into one in memory, or refuses it whole. */
import { type BundleSource, type Refused } from '#contracts';
import { type Bundle } from './bundle.js';
import { BundleCollector } from './collector.js';
import { type BundleLimits } from './limits.js';
import { decodeBase64, readFiles } from './read-files.js';
import { readFolder } from './read-folder.js';
import { readTarGz } from './read-tar.js';
import { readZip } from './read-zip.js';
import { Rejection } from './rejection.js';

export interface OpenBundleOptions {
  limits: BundleLimits;
  /** Under which a folder may be read. */
  folders: readonly string[];
}

export async function openBundle(source: BundleSource, options: OpenBundleOptions): Promise<Bundle | Refused> {
  const collector = new BundleCollector(options.limits);
  try {
    await read(source, collector, options);
    return collector.finish();
  } catch (error) {
    if (error instanceof Rejection) return error.toRefusal();
    throw error;
  }
}

async function read(
  source: BundleSource,
  collector: BundleCollector,
  { limits, folders }: OpenBundleOptions,
): Promise<void> {
  switch (source.kind) {
    case 'files':
      return readFiles(source.files, collector);
    case 'folder':
      return readFolder(source.path, collector, folders);
    case 'archive': {
      const packed = decodeBase64(source.base64);
      if (!packed) throw new Rejection('The archive was refused: it is not base64');
      return source.format === 'zip' ? readZip(packed, collector, limits) : readTarGz(packed, collector, limits);
    }
  }
}
