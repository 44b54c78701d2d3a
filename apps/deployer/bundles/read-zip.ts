/** Reads a bundle from a zip in memory; nothing touches the disk, and reading stops at the first fault. */
import { type Readable } from 'node:stream';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { type BundleCollector } from './collector.js';
import { type BundleLimits } from './limits.js';
import { Rejection, shown } from './rejection.js';

export async function readZip(packed: Buffer, collector: BundleCollector, limits: BundleLimits): Promise<void> {
  try {
    const zip = await open(packed);
    if (zip.entryCount > limits.maxEntries)
      throw new Rejection(`The bundle has more than ${limits.maxEntries} entries`, 'bundle.too-large');
    await eachEntry(zip, (entry) => readEntry(zip, entry, collector));
  } catch (error) {
    if (error instanceof Rejection) throw error;
    throw new Rejection(`The archive is not a readable zip: ${(error as Error).message}`);
  }
}

/** Names are decoded here rather than by the library, which would turn backslashes into slashes. */
function open(packed: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromBuffer(packed, { lazyEntries: true, decodeStrings: false, validateEntrySizes: true }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

function eachEntry(zip: ZipFile, act: (entry: Entry) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', resolve);
    zip.on('entry', (entry: Entry) => {
      act(entry).then(() => zip.readEntry(), reject);
    });
    zip.readEntry();
  });
}

async function readEntry(zip: ZipFile, entry: Entry, collector: BundleCollector): Promise<void> {
  const name = nameOf(entry);
  const fault = faultOf(entry);
  if (fault) throw new Rejection(`The entry ${shown(name)} was refused: ${fault}`, 'bundle.refused', name);
  if (name.endsWith('/')) return collector.addFolder(name);
  collector.expectBytes(entry.uncompressedSize, name);
  collector.checkRatio({ unpacked: entry.uncompressedSize, packed: entry.compressedSize }, `The entry ${shown(name)}`);
  const content = await contentOf(zip, entry);
  try {
    await collector.addFile(name, content as AsyncIterable<Buffer>);
  } finally {
    content.destroy();
  }
}

/** The upper half of the attributes is the Unix mode, whichever system says that it made the archive. */
function faultOf(entry: Entry): string | undefined {
  const type = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (type === 0o120000) return 'it is a symlink, and a bundle holds regular files and folders only';
  if (type !== 0 && type !== 0o100000 && type !== 0o040000) return 'it is not a regular file or folder';
  if (entry.isEncrypted()) return 'it is encrypted';
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    return `it is packed with method ${entry.compressionMethod}, and only deflate is read`;
  return undefined;
}

function nameOf(entry: Entry): string {
  return entry.fileNameRaw.toString('utf8');
}

function contentOf(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}
