/** How each MCP client wants to be told of a server. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export const clients = ['claude-code', 'claude-desktop', 'cursor', 'vscode'] as const;
export type McpClient = (typeof clients)[number];

export interface ServerEntry {
  command: string;
  args: string[];
  env: Record<string, string>;
}

export interface Snippet {
  /** Where the client reads it. */
  file: string;
  /** The member of the file that holds servers by name. */
  member: 'mcpServers' | 'servers';
  entry: ServerEntry & { type?: 'stdio' };
}

export interface Place {
  cwd: string;
  home?: string;
  platform?: NodeJS.Platform;
  env?: NodeJS.ProcessEnv;
}

export function snippetFor(client: McpClient, entry: ServerEntry, place: Place): Snippet {
  switch (client) {
    case 'claude-code':
      return { file: join(place.cwd, '.mcp.json'), member: 'mcpServers', entry };
    case 'claude-desktop':
      return { file: claudeDesktopFile(place), member: 'mcpServers', entry };
    case 'cursor':
      return { file: join(place.cwd, '.cursor', 'mcp.json'), member: 'mcpServers', entry };
    case 'vscode':
      return { file: join(place.cwd, '.vscode', 'mcp.json'), member: 'servers', entry: { type: 'stdio', ...entry } };
  }
}

function claudeDesktopFile({ home = homedir(), platform = process.platform, env = process.env }: Place): string {
  const name = ['Claude', 'claude_desktop_config.json'];
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', ...name);
  if (platform === 'win32') return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), ...name);
  return join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), ...name);
}

/** The document with our server in it, next to what it held. @throws SyntaxError when it is not JSON. */
export function withServer(document: string, { member, entry }: Pick<Snippet, 'member' | 'entry'>): string {
  const known = (document.trim() === '' ? {} : JSON.parse(document)) as Record<string, Record<string, unknown>>;
  const merged = { ...known, [member]: { ...known[member], tasksmith: entry } };
  return `${JSON.stringify(merged, null, 2)}\n`;
}
