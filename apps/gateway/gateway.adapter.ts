/** Fastify under Nest, with the gateway's own words for errors and unknown routes instead of Nest's. */
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance } from 'fastify';
import { bug, problemOfError, sendProblem } from './http/index.js';

export interface HttpOptions {
  bodyLimit: number;
}

export class GatewayAdapter extends FastifyAdapter {
  readonly fastify: FastifyInstance;

  constructor({ bodyLimit }: HttpOptions) {
    const instance = fastify({
      logger: false,
      bodyLimit,
      // A URL that cannot be decoded meets no route and no hook.
      frameworkErrors: (error, request, reply) => void sendProblem(request, reply, problemOfError(error) ?? bug()),
      exposeHeadRoutes: false,
      forceCloseConnections: 'idle',
      // Longer than any sync wait, and shorter than what a stuck client may hold.
      requestTimeout: 120_000,
      keepAliveTimeout: 75_000,
      routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    });
    super(instance as never);
    this.fastify = instance;
  }

  /** No middleware is used, so none is registered. */
  override async init(): Promise<void> {}
  override setErrorHandler(): never {
    return undefined as never;
  }
  override setNotFoundHandler(): never {
    return undefined as never;
  }
}
