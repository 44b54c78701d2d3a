/** Archives for specs, good and hostile. */
import { buffer } from 'node:stream/consumers';
import { crc32 as zlibCrc32, deflateRawSync, gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

export type TarEntry = Partial<Header> & { name: string; content?: string | Buffer };

export async function tarGz(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) {
    const isFile = header.type === undefined || header.type === 'file';
    if (isFile) tar.entry(header, content);
    else tar.entry({ ...header, size: 0 });
  }
  tar.finalize();
  return gzipSync(await buffer(tar as unknown as AsyncIterable<Buffer>));
}

export interface ZipEntry {
  name: string | Buffer;
  content?: string | Buffer;
  /** Unix mode, type bits included. */
  mode?: number;
  flags?: number;
  method?: number;
  /** What the headers claim, when it is to differ from the truth. */
  claimedSize?: number;
}

/** A zip by hand, so that it can lie. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = zipParts(entry, offset);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function zipParts(entry: ZipEntry, offset: number): { local: Buffer; central: Buffer } {
  const { content = '', mode = 0o100644, flags = 0x800, method = 8, claimedSize } = entry;
  const name = Buffer.from(entry.name);
  const raw = Buffer.from(content);
  const data = method === 8 ? deflateRawSync(raw) : raw;
  const sizes = { packed: data.length, unpacked: claimedSize ?? raw.length, crc: crc32(raw) };
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  writeCommon(local, 4, { flags, method, ...sizes, nameLength: name.length });
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE((3 << 8) | 20, 4);
  writeCommon(central, 6, { flags, method, ...sizes, nameLength: name.length });
  central.writeUInt32LE((mode << 16) >>> 0, 38);
  central.writeUInt32LE(offset, 42);
  return { local: Buffer.concat([local, name, data]), central: Buffer.concat([central, name]) };
}

interface CommonFields {
  flags: number;
  method: number;
  crc: number;
  packed: number;
  unpacked: number;
  nameLength: number;
}

function writeCommon(header: Buffer, at: number, fields: CommonFields): void {
  header.writeUInt16LE(20, at);
  header.writeUInt16LE(fields.flags, at + 2);
  header.writeUInt16LE(fields.method, at + 4);
  header.writeUInt32LE(fields.crc, at + 10);
  header.writeUInt32LE(fields.packed, at + 14);
  header.writeUInt32LE(fields.unpacked, at + 18);
  header.writeUInt16LE(fields.nameLength, at + 22);
}

const crc32 = (bytes: Buffer): number => zlibCrc32(bytes);
