/** A service that starts while the database is busy or away. */
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openViews } from '#service';

/** In front of the real server: hangs up on so many connections first. */
let door: Server;
let refusals = 0;
let url: string;

beforeAll(async () => {
  const { hostname, port } = new URL(inject('databaseUrl'));
  door = createServer((socket) => {
    socket.on('error', () => undefined);
    if (refusals-- > 0) return socket.destroy();
    const server = connect(Number(port), hostname);
    server.on('error', () => socket.destroy());
    return socket.pipe(server).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = new URL(inject('databaseUrl'));
  address.port = String((door.address() as AddressInfo).port);
  url = address.href;
});

afterAll(() => void door.close());

it('waits for a database that does not take connections yet', async () => {
  refusals = 3;
  const views = await openViews({ url, entities: [] });
  expect(await views.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await views.destroy();
});

it('does not wait when waiting would not help', async () => {
  const wrong = new URL(url);
  wrong.username = 'nobody_of_this_name';
  const startedAt = performance.now();
  await expect(openViews({ url: wrong.href, entities: [] })).rejects.toThrow();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
