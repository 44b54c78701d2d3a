/** Reads a bundle from a tar.gz in memory; nothing touches the disk, and reading stops at the first fault. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { type BundleCollector } from './collector.js';
import { type BundleLimits } from './limits.js';
import { Rejection, shown } from './rejection.js';

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

export async function readTarGz(packed: Buffer, collector: BundleCollector, limits: BundleLimits): Promise<void> {
  const unpacked = extract();
  const guard = guarded(packed, collector, limits);
  const feeding = pipeline(Readable.from(pieces(packed)), createGunzip(), guard, unpacked);
  // Whoever fails first tells why: a fault in an entry ends the feeding, and broken gzip ends the entries.
  const [reading, fed] = await Promise.allSettled([readEntries(unpacked, collector), feeding]);
  const faults = [reading, fed].flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
  const fault = faults.find((each) => each instanceof Rejection) ?? faults[0];
  if (!fault) return;
  throw fault instanceof Rejection ? fault : new Rejection(`The archive is not a readable tar.gz: ${fault.message}`);
}

async function readEntries(unpacked: Extract, collector: BundleCollector): Promise<void> {
  try {
    for await (const entry of unpacked) await readEntry(entry, collector);
  } catch (error) {
    unpacked.destroy(error as Error);
    throw error;
  }
}

async function readEntry(entry: Entry, collector: BundleCollector): Promise<void> {
  const { name, type, size } = entry.header;
  if (type === 'directory') {
    collector.addFolder(name);
    entry.resume();
    return;
  }
  if (type !== 'file') {
    const fault = `it is a ${type}, and a bundle holds regular files and folders only`;
    throw new Rejection(`The entry ${shown(name)} was refused: ${fault}`, 'bundle.refused', name);
  }
  collector.expectBytes(size, name);
  await collector.addFile(name, entry as AsyncIterable<Buffer>);
}

/** Counts what comes out of the gzip: headers and padding too, which no entry accounts for. */
function guarded(packed: Buffer, collector: BundleCollector, limits: BundleLimits) {
  const most = limits.maxBytes + limits.maxEntries * 2_048 + 1_000_000;
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let unpacked = 0;
    for await (const piece of source) {
      unpacked += piece.length;
      collector.checkRatio({ unpacked, packed: packed.length }, 'The archive');
      if (unpacked > most)
        throw new Rejection(`The archive unpacks to more than ${limits.maxBytes} bytes`, 'bundle.too-large');
      yield piece;
    }
  };
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
