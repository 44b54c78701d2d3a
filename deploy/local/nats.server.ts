// NATS with JetStream as a child of the local stack.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './find-program.js';
import { firstAnswer } from './first-answer.js';
import { type LocalServer, type ServerOptions } from './local-server.js';
import { portFor } from './ports.js';
import { here } from './repository-root.js';
import { SupervisedProcess } from './supervised-process.js';

export interface NatsOptions extends ServerOptions {
  password: string;
  port?: number;
}

const user = 'tasksmith';

export async function startNats(options: NatsOptions): Promise<LocalServer> {
  const { home, password } = options;
  const port = options.port ?? (await portFor('nats', home));
  const process = new SupervisedProcess({
    name: 'nats',
    command: findProgram('nats-server'),
    args: ['-c', writeSettings(options, port)],
    env: { PATH: globalThis.process.env['PATH'] },
    cwd: home.data,
    logFile: join(home.logs, 'nats.log'),
    echo: options.echo ?? false,
    isReady: () => greetsWithJetStream(port),
    onPid: (pid) => options.onPid?.('nats', pid),
    onRestart: (why) => options.say?.(`NATS: ${why}; starting it again`),
  });
  await process.start();
  return { url: `nats://${user}:${password}@127.0.0.1:${port}`, port, process };
}

function writeSettings({ home, password }: NatsOptions, port: number): string {
  const store = join(home.data, 'nats');
  mkdirSync(store, { recursive: true });
  const file = join(home.run, 'nats.conf');
  const own = [
    `listen: "127.0.0.1:${port}"`,
    `jetstream { store_dir: ${JSON.stringify(store)}, max_memory_store: 256MB, max_file_store: 10GB }`,
    `authorization { user: ${user}, password: ${JSON.stringify(password)} }`,
  ];
  writeFileSync(file, `${readFileSync(join(here, 'nats.conf'), 'utf8')}\n# Of this home\n${own.join('\n')}\n`, {
    mode: 0o600,
  });
  return file;
}

/** NATS speaks first: a line of JSON about itself. */
async function greetsWithJetStream(port: number): Promise<boolean> {
  const greeting = await firstAnswer(port, '', (text) => text.includes('\r\n'));
  return greeting.startsWith('INFO ') && greeting.includes('"jetstream":true');
}
