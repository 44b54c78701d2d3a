// Free loopback ports; a home prefers the ports it had last time, so that workers find their servers again after a restart.
import { createServer } from 'node:net';
import { type Home } from './home.js';
import { readJson, writePrivateJson } from './private-file.js';

const chosen = new Set<number>();

/** A free port for the given use, the same as last time if it still is free. */
export async function portFor(use: string, home: Home): Promise<number> {
  const last = portsOf(home)[use];
  const port = last !== undefined && (await isFree(last)) ? last : await anyFreePort();
  chosen.add(port);
  writePrivateJson(home.portsFile, { ...portsOf(home), [use]: port });
  return port;
}

function portsOf(home: Home): Record<string, number> {
  return readJson<Record<string, number>>(home.portsFile) ?? {};
}

const DEFAULT_PORT = 7070;

/** The port that PORT names, 7070 when it names none. @throws when it is no port. */
export function portOf(env: NodeJS.ProcessEnv): number {
  const port = Number(env['PORT'] || DEFAULT_PORT);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`PORT is "${env['PORT']}"; set it to a number from 1 to 65535`);
}

/** The first free port at or above the wanted one. */
export async function firstFreePortFrom(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 100 && port < 65_536; port++) {
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port between ${wanted} and ${wanted + 99}; set PORT to another one`);
}

export async function anyFreePort(): Promise<number> {
  const port = await listenOnce(0);
  // Chosen but not yet listened on by its server: ask for another.
  return port !== undefined && !chosen.has(port) ? port : anyFreePort();
}

export async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => done(address && typeof address === 'object' ? address.port : undefined));
    });
  });
}
