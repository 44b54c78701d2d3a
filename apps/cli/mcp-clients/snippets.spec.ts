import { describe, expect, it } from 'vitest';
import { snippetFor, withServer } from './snippets.js';

const entry = { command: 'node', args: ['main.js', 'mcp'], env: {} };
const place = { cwd: '/work', home: '/home/ada', env: {} };

describe('snippetFor', () => {
  it.each([
    ['claude-code', 'linux', '/work/.mcp.json', 'mcpServers'],
    [
      'claude-desktop',
      'darwin',
      '/home/ada/Library/Application Support/Claude/claude_desktop_config.json',
      'mcpServers',
    ],
    ['claude-desktop', 'linux', '/home/ada/.config/Claude/claude_desktop_config.json', 'mcpServers'],
    ['cursor', 'linux', '/work/.cursor/mcp.json', 'mcpServers'],
    ['vscode', 'linux', '/work/.vscode/mcp.json', 'servers'],
  ] as const)('knows the file of %s on %s', (client, platform, file, member) => {
    expect(snippetFor(client, entry, { ...place, platform })).toMatchObject({ file, member });
  });
});

describe('withServer', () => {
  it('keeps the servers that are there', () => {
    const before = JSON.stringify({
      theme: 'dark',
      mcpServers: { other: { command: 'x' }, tasksmith: { command: 'old' } },
    });
    expect(JSON.parse(withServer(before, { member: 'mcpServers', entry }))).toEqual({
      theme: 'dark',
      mcpServers: { other: { command: 'x' }, tasksmith: entry },
    });
  });

  it('begins with an empty file', () => {
    expect(JSON.parse(withServer('', { member: 'servers', entry }))).toEqual({ servers: { tasksmith: entry } });
  });

  it('refuses a file that is not JSON', () => {
    expect(() => withServer('{ // hello', { member: 'servers', entry })).toThrow(SyntaxError);
  });
});
