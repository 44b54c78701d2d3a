/**
 * What every request passes before its handler: room, Host and Origin, API key, scope.
 * A route that does not say what it needs cannot be added, so that a new one cannot be forgotten.
 */
import { type FastifyInstance, type FastifyReply, type FastifyRequest, type RouteOptions } from 'fastify';
import { isRefused, type Refused } from '#contracts';
import { type Action, actions, type Caller, forbid, type KeyRing } from '../auth/index.js';
import { type Doors } from './doors.js';
import { type Problem, problem, problemOfRefusal } from './problem.js';
import { sendProblem } from './send-problem.js';

/** What a route needs: an action that the caller's scope must allow, or the reason why anybody may call it. */
export type RouteAccess = { action: Action; startsRuns?: boolean } | { open: string };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyInstance {
    /** Notes a bug in the operator's log. */
    noteBug(error: unknown, request: FastifyRequest): void;
  }
  interface FastifyRequest {
    /** Set on every route with an action. */
    caller: Caller | undefined;
  }
}

export interface DeclaredRoute {
  method: string;
  path: string;
  access: RouteAccess;
}

export interface AccessOptions {
  doors: Doors;
  keyRing: Pick<KeyRing, 'authenticate'>;
  /** Requests under way at once; more are answered with 503. */
  maxInFlight: number;
  /** Asked before the body of a request that starts runs is read: refusing must cost little when there is too much. */
  tooManyRuns(): Refused | null;
}

/** Must come before the first route. @returns the routes, as they are added. */
export function guardRoutes(fastify: FastifyInstance, options: AccessOptions): readonly DeclaredRoute[] {
  const routes: DeclaredRoute[] = [];
  fastify.decorateRequest('caller');
  fastify.addHook('onRoute', (route) => void routes.push(...declaredRoutes(route)));
  fastify.addHook('onRequest', limitInFlight(options.maxInFlight));
  fastify.addHook('onRequest', async (request, reply) => {
    const refused = options.doors.check(request.headers);
    if (refused) return sendProblem(request, reply, refused);
    allowOrigin(request, reply);
    if (isPreflight(request)) return reply.code(204).send();
    const denied = await deny(request, options);
    return denied && sendProblem(request, reply, denied);
  });
  return routes;
}

/** `Authorization: Bearer <key>`, else `X-API-Key: <key>`. */
export function tokenOf(headers: FastifyRequest['headers']): string | undefined {
  const bearer = /^Bearer +(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  const apiKey = headers['x-api-key'];
  return bearer ?? (typeof apiKey === 'string' ? apiKey.trim() : undefined);
}

function declaredRoutes({ method, url, config }: RouteOptions): DeclaredRoute[] {
  const access = config?.access;
  const methods = Array.isArray(method) ? method : [method];
  if (!access || ('action' in access && !actions.includes(access.action)))
    throw new Error(`${methods.join(', ')} ${url} does not declare what it needs: give it config.access`);
  return methods.map((one) => ({ method: one, path: url, access }));
}

async function deny(request: FastifyRequest, { keyRing, tooManyRuns }: AccessOptions): Promise<Problem | undefined> {
  const access = request.routeOptions.config.access;
  // Without one there is no such route, which is told to anybody.
  if (!access || 'open' in access) return undefined;
  const caller = await keyRing.authenticate(tokenOf(request.headers));
  if (isRefused(caller)) return problemOfRefusal(caller);
  request.caller = caller;
  const refused = forbid(caller, access.action) ?? (access.startsRuns ? tooManyRuns() : undefined);
  return refused ? problemOfRefusal(refused) : undefined;
}

function limitInFlight(max: number) {
  let inFlight = 0;
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    if (inFlight >= max) {
      const busy = `The gateway has ${max} requests under way.`;
      sendProblem(request, reply, problem('gateway.busy', busy, { hint: 'Try again in a second.' }));
      return;
    }
    inFlight += 1;
    // `close` comes in every case, also when the client has gone.
    reply.raw.once('close', () => (inFlight -= 1));
    done();
  };
}

/** The page of an admitted origin may read the answer (CORS). */
function allowOrigin({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers.origin === undefined) return;
  void reply.headers({
    'access-control-allow-origin': headers.origin,
    'access-control-expose-headers': 'location, retry-after, preference-applied',
    vary: 'origin',
  });
  if (headers['access-control-request-method'] === undefined) return;
  void reply.headers({
    'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
    'access-control-allow-headers':
      'authorization, x-api-key, content-type, idempotency-key, prefer, last-event-id, mcp-protocol-version, mcp-session-id',
    'access-control-max-age': '600',
  });
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}
