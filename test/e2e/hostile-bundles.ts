/** Archives that no deployment may be made of, each around code that could be deployed. */
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

interface Entry {
  name: string;
  content?: string | Buffer;
  type?: 'symlink' | 'link';
  linkname?: string;
}

export async function archiveOf(entries: readonly Entry[]): Promise<Uint8Array> {
  const packer = pack();
  for (const { content = '', ...header } of entries) {
    if (header.type) packer.entry(header);
    else packer.entry(header, content);
  }
  packer.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of packer.pipe(createGzip())) chunks.push(chunk as Buffer);
  return new Uint8Array(Buffer.concat(chunks));
}

const main = {
  name: 'main.py',
  content: 'from tasksmith import task\n\n\n@task\ndef hello() -> str:\n    return "hi"\n',
};
export const hostile: Record<string, readonly Entry[]> = {
  'a path that climbs out': [main, { name: '../evil.py', content: 'x' }],
  'an absolute path': [main, { name: '/etc/evil.py', content: 'x' }],
  'a link out of the folder': [main, { name: 'out', type: 'symlink', linkname: '/etc/passwd' }],
  'a hard link': [main, { name: 'out', type: 'link', linkname: 'main.py' }],
  'the same name twice': [main, { ...main, content: 'other' }],
  'names that differ only in case': [main, { name: 'MAIN.py', content: 'other' }],
  'a bomb': [main, { name: 'bomb', content: Buffer.alloc(30_000_000) }],
};
