/**
 * The gateway: the only public door. It translates and owns no state.
 * Order: guards, then error handling, then doors (REST, MCP, documents, health); started parts first, listening last.
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyInstance } from 'fastify';
import { type HealthCheck, reportHealth } from '#observability';
import { type Platform } from '#service';
import { GatewayAdapter } from './gateway.adapter.js';
import {
  bug,
  type DeclaredRoute,
  Doors,
  endUnusedConnections,
  guardRoutes,
  notFound,
  problemOfError,
  sendProblem,
} from './http/index.js';
import { EventStreams } from './live/index.js';
import { mountMcp } from './mcp/index.js';
import { type GatewayParts, gatewayParts } from './parts.js';
import { archiveFormats, mountDocs, RestModule } from './rest/index.js';

export interface Gateway {
  readonly app: NestFastifyApplication;
  readonly fastify: FastifyInstance;
  readonly parts: GatewayParts;
  /** Every route with what it needs. */
  readonly routes: readonly DeclaredRoute[];
  /** Starts the parts, then listens. @returns the URL it listens on. */
  start(address?: { host: string; port: number }): Promise<string>;
  /** Takes no more requests, answers those under way, then stops the parts. Safe to call twice. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** Requests under way at once in this process; more are answered with 503. */
  maxInFlight?: number;
}

const MAX_IN_FLIGHT = 4_000;
const FINISH_WITHIN_MS = 8_000;

export async function createGateway(
  platform: Platform<'gateway'>,
  { maxInFlight = MAX_IN_FLIGHT }: GatewayOptions = {},
): Promise<Gateway> {
  const parts = gatewayParts(platform);
  const { config } = parts;
  const adapter = new GatewayAdapter({ bodyLimit: config.TASKSMITH_BODY_LIMIT_BYTES });
  const { fastify } = adapter;
  const doors = new Doors({
    allowedHosts: config.TASKSMITH_ALLOWED_HOSTS,
    allowedOrigins: config.TASKSMITH_ALLOWED_ORIGINS,
    publicUrl: config.PUBLIC_URL,
  });
  const tooManyRuns = () => parts.runs.tooMany();
  const routes = guardRoutes(fastify, { doors, keyRing: parts.keyRing, maxInFlight, tooManyRuns });
  endUnusedConnections(fastify);
  answerErrors(fastify, parts, routes);
  takeArchives(fastify);
  mountHealth(fastify, parts.checks);
  mountDocs(fastify);
  mountMcp(fastify, parts);

  const streams = new EventStreams(parts.live);
  const app = await NestFactory.create<NestFastifyApplication>(RestModule.of(parts, streams), adapter, {
    logger: ['error', 'warn'],
    bodyParser: false,
  });
  await app.init();
  await fastify.ready();
  let stopping: Promise<void> | undefined;
  return {
    app,
    fastify,
    parts,
    routes,
    start: async ({ host, port } = { host: config.HOST, port: config.PORT }) => {
      for (const startable of parts.startables) await startable.start();
      return fastify.listen({ host, port });
    },
    stop: () => (stopping ??= stopAll(app, parts, streams)),
  };
}

function answerErrors(fastify: FastifyInstance, { logger }: GatewayParts, routes: readonly DeclaredRoute[]): void {
  fastify.decorate('noteBug', (error, request) =>
    logger.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request met a bug'),
  );
  fastify.setErrorHandler((error, request, reply) => {
    const known = problemOfError(error);
    if (!known) fastify.noteBug(error, request);
    return sendProblem(request, reply, known ?? bug());
  });
  fastify.setNotFoundHandler(notFound(routes));
}

/** Archives come as they are, as one buffer within the body limit. */
function takeArchives(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(Object.keys(archiveFormats), { parseAs: 'buffer' }, (_, body, done) => done(null, body));
}

function mountHealth(fastify: FastifyInstance, checks: readonly HealthCheck[]): void {
  const config = { access: { open: 'asked by whoever supervises the process' } };
  fastify.get('/health/live', { config }, async () => ({ status: 'ok' }));
  fastify.get('/health/ready', { config }, async (_, reply) => {
    const report = await reportHealth(checks);
    return reply.code(report.status === 'ok' ? 200 : 503).send(report);
  });
}

async function stopAll(
  app: NestFastifyApplication,
  { startables }: GatewayParts,
  streams: EventStreams,
): Promise<void> {
  // Event streams never end by themselves: closing would wait for them.
  await streams.stop();
  const late = setTimeout(() => app.getHttpServer().closeAllConnections(), FINISH_WITHIN_MS);
  await app.close();
  clearTimeout(late);
  for (const startable of [...startables].reverse()) await startable.stop();
}
