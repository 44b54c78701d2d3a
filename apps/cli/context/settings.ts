/** Where the gateway is and which key to show it: flags, else TASKSMITH_URL and TASKSMITH_API_KEY, else the local stack. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
// Not by its index, which loads everything that starts a stack: each command would be half a second slower.
import { readStackState } from '../../../deploy/local/state.js';
import { CliError } from '../failures.js';

export interface Settings {
  /** Without a path: `http://127.0.0.1:7070`. */
  url: string;
  apiKey: string;
}

export interface SettingsSource {
  env: NodeJS.ProcessEnv;
  /** The home of the local stack. */
  home: string;
  url?: string | undefined;
  apiKey?: string | undefined;
}

export function readSettings(source: SettingsSource): Settings {
  return { url: urlFrom(source), apiKey: keyFrom(source) };
}

function urlFrom({ url, env, home }: SettingsSource): string {
  const given = url ?? env['TASKSMITH_URL'];
  if (given) return plainUrl(given);
  const api = readStackState(home)?.addresses?.api;
  if (api) return new URL(api).origin;
  throw new CliError(
    'unavailable',
    'No Tasksmith is running here, and TASKSMITH_URL is not set.',
    'Start one with "tasksmith up", or set TASKSMITH_URL and TASKSMITH_API_KEY to one that runs elsewhere.',
  );
}

function plainUrl(given: string): string {
  if (URL.canParse(given) && /^https?:/.test(given)) return new URL(given).origin;
  throw new CliError('usage', `"${given}" is not the URL of a gateway.`, 'Give it like http://127.0.0.1:7070.');
}

function keyFrom({ apiKey, env, home, url }: SettingsSource): string {
  const given = apiKey ?? env['TASKSMITH_API_KEY'];
  if (given) return given;
  // The key of the local stack is nobody else's business.
  const isElsewhere = (url ?? env['TASKSMITH_URL']) !== undefined;
  const local = isElsewhere ? undefined : localAdminKey(home);
  if (local) return local;
  throw new CliError('auth', 'No API key is set.', 'Set TASKSMITH_API_KEY, or give --key tsk_...');
}

export function localAdminKey(home: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8')) as { adminKey?: string }).adminKey;
  } catch {
    return undefined;
  }
}
