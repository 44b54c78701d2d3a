/** Reads a bundle from files sent inline. */
import { type InlineFile } from '#contracts';
import { type BundleCollector } from './collector.js';
import { Rejection, shown } from './rejection.js';

export async function readFiles(files: readonly InlineFile[], collector: BundleCollector): Promise<void> {
  for (const file of files) await collector.addFile(file.path, [contentOf(file)]);
}

function contentOf({ path, content, encoding }: InlineFile): Buffer {
  if (encoding === 'utf8') return Buffer.from(content, 'utf8');
  return decodeBase64(content) ?? rejectBase64(path);
}

/** Undefined when the text is not base64; Buffer.from alone would skip what it cannot read. */
export function decodeBase64(text: string): Buffer | undefined {
  const compact = text.replace(/[\r\n]+/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(compact) && compact.length % 4 === 0
    ? Buffer.from(compact, 'base64')
    : undefined;
}

function rejectBase64(path: string): never {
  throw new Rejection(`The entry ${shown(path)} was refused: its content is not base64`, 'bundle.refused', path);
}
