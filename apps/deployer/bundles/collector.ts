/** Takes the entries of a bundle one by one, from whatever reader, and stops at the first that may not be there. */
import { type Bundle, bundleOf, type BundleFile } from './bundle.js';
import { faultOfPath, foldedPath } from './entry-path.js';
import { type BundleLimits, RATIO_COUNTS_FROM_BYTES } from './limits.js';
import { Rejection, shown } from './rejection.js';

export class BundleCollector {
  private readonly files: BundleFile[] = [];
  /** Folded path -> how it was spelt, and as what. */
  private readonly taken = new Map<string, { path: string; kind: 'file' | 'folder' }>();
  private entries = 0;
  private bytes = 0;

  constructor(private readonly limits: BundleLimits) {}

  /** @throws Rejection */
  addFolder(name: string): void {
    this.countEntry();
    const path = checked(name.replace(/\/+$/, ''), this.limits);
    if (path !== undefined) this.claimFolders(path.split('/'), path);
  }

  /** The content arrives in pieces, so that a file that is too large is given up in its middle. */
  async addFile(name: string, content: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void> {
    this.countEntry();
    const path = checked(name, this.limits);
    if (path === undefined) throw new Rejection('The bundle has a file without a name');
    this.claimFile(path);
    const pieces: Buffer[] = [];
    for await (const piece of content) {
      this.countBytes(piece.length, path);
      pieces.push(piece);
    }
    this.files.push({ path, bytes: Buffer.concat(pieces) });
  }

  /** For readers that know a size before they read. */
  expectBytes(size: number, name: string): void {
    if (this.bytes + size > this.limits.maxBytes) throw this.tooLarge(name);
  }

  /** For readers that unpack: `unpacked` bytes came out of `packed`. */
  checkRatio({ unpacked, packed }: { unpacked: number; packed: number }, what: string): void {
    if (unpacked <= RATIO_COUNTS_FROM_BYTES || unpacked <= packed * this.limits.maxRatio) return;
    throw new Rejection(`${what} unpacks to more than ${this.limits.maxRatio} times its size`);
  }

  finish(): Bundle {
    if (this.files.length === 0) throw new Rejection('The bundle is empty: it holds no file');
    return bundleOf(this.files);
  }

  private countEntry(): void {
    this.entries += 1;
    if (this.entries > this.limits.maxEntries)
      throw new Rejection(`The bundle has more than ${this.limits.maxEntries} entries`, 'bundle.too-large');
  }

  private countBytes(length: number, path: string): void {
    this.bytes += length;
    if (this.bytes > this.limits.maxBytes) throw this.tooLarge(path);
  }

  private tooLarge(name: string): Rejection {
    return new Rejection(
      `The bundle is larger than ${this.limits.maxBytes} bytes when unpacked; the limit was passed at ${shown(name)}`,
      'bundle.too-large',
      name,
    );
  }

  private claimFile(path: string): void {
    const segments = path.split('/');
    this.claimFolders(segments.slice(0, -1), path);
    const before = this.taken.get(foldedPath(path));
    if (before) throw collision(path, before.path);
    this.taken.set(foldedPath(path), { path, kind: 'file' });
  }

  private claimFolders(segments: readonly string[], entry: string): void {
    for (let length = 1; length <= segments.length; length++) {
      const path = segments.slice(0, length).join('/');
      const before = this.taken.get(foldedPath(path));
      if (before && (before.kind === 'file' || before.path !== path)) throw collision(entry, before.path);
      this.taken.set(foldedPath(path), { path, kind: 'folder' });
    }
  }
}

/** Archives name the root `./` and start names with it; undefined is the root itself. */
function checked(name: string, limits: BundleLimits): string | undefined {
  const path = name.replace(/^(?:\.\/+)+/, '');
  if (path === '' || path === '.') return undefined;
  const fault = faultOfPath(path, limits);
  if (fault) throw new Rejection(`The entry ${shown(name)} was refused: ${fault}`, 'bundle.refused', name);
  return path;
}

function collision(path: string, before: string): Rejection {
  return new Rejection(
    `The entry ${shown(path)} was refused: some file systems take it for the same as ${shown(before)}`,
    'bundle.refused',
    path,
  );
}
