/** Which names a file of a bundle may have: relative, plain, and the same on every file system. */
import { PLATFORM_FOLDER } from '../layout.js';
import { type BundleLimits } from './limits.js';

type PathLimits = Pick<BundleLimits, 'maxDepth' | 'maxPathBytes'>;

/** Why the path is refused; undefined when it is fine. */
export function faultOfPath(path: string, { maxDepth, maxPathBytes }: PathLimits): string | undefined {
  if (path === '') return 'its name is empty';
  if (hasForbiddenCharacter(path)) return 'its name has control or unreadable characters';
  if (path.includes('\\')) return 'its name has a backslash';
  if (path.startsWith('/')) return 'its path is absolute';
  if (/^[A-Za-z]:/.test(path)) return 'its path starts with a drive letter';
  if (Buffer.byteLength(path) > maxPathBytes) return `its path is longer than ${maxPathBytes} bytes`;
  const segments = path.split('/');
  if (segments.includes('..')) return 'its path leads out of the bundle';
  if (segments.includes('') || segments.includes('.')) return 'its path has an empty part';
  if (segments.length > maxDepth) return `it lies more than ${maxDepth} folders deep`;
  if (foldedPath(segments[0]!) === PLATFORM_FOLDER) return `the folder ${PLATFORM_FOLDER} belongs to the platform`;
  return undefined;
}

/** Equal for two paths that some file system takes for the same. */
export function foldedPath(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

/** Control characters, line separators, text-direction overrides, halves of characters, and what a decoder could not read. */
function hasForbiddenCharacter(path: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/u.test(path);
}
