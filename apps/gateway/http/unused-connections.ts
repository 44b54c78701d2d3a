/** Connections that clients open ahead of need and have asked nothing on yet. To Node they are not idle, so closing would wait for them. */
import { type Socket } from 'node:net';
import { type FastifyInstance } from 'fastify';

/** Ends them when the server closes; one on which a request has begun to arrive is answered first. */
export function endUnusedConnections(fastify: FastifyInstance): void {
  const open = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  fastify.addHook('preClose', async () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  });
}
