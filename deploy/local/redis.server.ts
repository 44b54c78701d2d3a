// Redis as a child of the local stack: in memory only, password protected, on loopback and the worker network's gateway.
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { findProgram } from './find-program.js';
import { firstAnswer } from './first-answer.js';
import { type LocalServer, type ServerOptions } from './local-server.js';
import { portFor } from './ports.js';
import { here } from './repository-root.js';
import { SupervisedProcess } from './supervised-process.js';

export interface RedisOptions extends ServerOptions {
  password: string;
  port?: number;
  /** One more address to listen on, by which containers reach it. */
  alsoBind?: string | undefined;
}

export async function startRedis(options: RedisOptions): Promise<LocalServer> {
  const { home, password } = options;
  const port = options.port ?? (await portFor('redis', home));
  const process = new SupervisedProcess({
    name: 'redis',
    command: findProgram('redis-server'),
    args: [writeSettings(options, port)],
    env: { PATH: globalThis.process.env['PATH'] },
    cwd: home.data,
    logFile: join(home.logs, 'redis.log'),
    echo: options.echo ?? false,
    isReady: () => answersPing(port, password),
    onPid: (pid) => options.onPid?.('redis', pid),
    onRestart: (why) => options.say?.(`Redis: ${why}; starting it again`),
  });
  await process.start();
  return { url: `redis://:${password}@127.0.0.1:${port}`, port, process };
}

function writeSettings({ home, password, alsoBind }: RedisOptions, port: number): string {
  const file = join(home.run, 'redis.conf');
  // The dash lets Redis start when that address is gone, as it is after the Docker engine was stopped.
  const bind = alsoBind ? `127.0.0.1 -${alsoBind}` : '127.0.0.1';
  const own = [`bind ${bind}`, `port ${port}`, `requirepass ${password}`, `dir ${JSON.stringify(home.data)}`];
  // In a file rather than in arguments, which everyone on the machine can read.
  writeFileSync(file, `${readFileSync(join(here, 'redis.conf'), 'utf8')}\n# Of this home\n${own.join('\n')}\n`, {
    mode: 0o600,
  });
  return file;
}

async function answersPing(port: number, password: string): Promise<boolean> {
  const answer = await firstAnswer(port, `AUTH ${password}\r\nPING\r\n`, (text) => /\+PONG|^-/m.test(text));
  return answer.includes('+PONG');
}
