/** A bundle in memory: its files, sorted by path, and the address that follows from their content. */
import { createHash } from 'node:crypto';

export interface BundleFile {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly bytes: Buffer;
}

export interface Bundle {
  readonly files: readonly BundleFile[];
  /** Hex; equal for equal paths and contents, however they came in. */
  readonly sha256: string;
  /** Of all files together. */
  readonly bytes: number;
}

export function bundleOf(unsorted: readonly BundleFile[]): Bundle {
  const files = [...unsorted].sort((one, other) => Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)));
  return { files, sha256: addressOf(files), bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

export function textOf(bundle: Bundle, path: string): string | undefined {
  return bundle.files.find((file) => file.path === path)?.bytes.toString('utf8');
}

/** Path and size before each content, so that no two different bundles hash the same text. */
function addressOf(sorted: readonly BundleFile[]): string {
  const hash = createHash('sha256');
  for (const { path, bytes } of sorted) hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}
