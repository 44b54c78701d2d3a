/** What every command works with: where output goes, and the gateway. */
import { type Command } from 'commander';
import { type Client, createClient } from '#client';
import { type ExitName, exitCodes } from '../failures.js';
import { type Format } from '../output/formats.js';
import { Output } from '../output/output.js';
import { answerOf } from '../platform/answer.js';
import { findHome } from './home.js';
import { readSettings, type Settings } from './settings.js';

export interface GlobalOptions {
  output: Format;
  quiet?: boolean;
  url?: string;
  key?: string;
}

export class Context {
  readonly cwd = process.cwd();
  readonly env = process.env;
  readonly out: Output;
  readonly home: string;
  private known: { settings: Settings; client: Client } | undefined;

  constructor(private readonly options: GlobalOptions) {
    this.out = new Output(process, options.output, options.quiet ?? false);
    this.home = findHome(this);
  }

  get settings(): Settings {
    return this.gateway().settings;
  }

  /** Calls the gateway. @throws CliError */
  ask<T>(call: (client: Client) => Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
    return answerOf(call(this.gateway().client));
  }

  /** How the process ends when the command is done. */
  exitWith(name: ExitName): void {
    process.exitCode = exitCodes[name];
  }

  private gateway() {
    const { env, home, options } = this;
    this.known ??= connect(readSettings({ env, home, url: options.url, apiKey: options.key }));
    return this.known;
  }
}

function connect(settings: Settings) {
  return { settings, client: createClient({ baseUrl: settings.url, apiKey: settings.apiKey }) };
}

export function contextOf(command: Command): Context {
  return new Context(command.optsWithGlobals<GlobalOptions>());
}
