/** Files as they travel inside JSON: text as it is, everything else as base64. */
import { isUtf8 } from 'node:buffer';
import { type InlineFile } from '#contracts';
import { type BundleFile } from './read-folder.js';

export function inlineFiles(files: readonly BundleFile[]): InlineFile[] {
  return files.map(({ path, content }) =>
    isUtf8(content)
      ? { path, content: content.toString('utf8'), encoding: 'utf8' }
      : { path, content: content.toString('base64'), encoding: 'base64' },
  );
}
