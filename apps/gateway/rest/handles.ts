/**
 * Binds the method of a controller to a route's declaration: it gets parsed input, and answers with a value, a refusal, or an `Answer` that says
 * more than the value.
 */
import { RequestMapping, RequestMethod, SetMetadata, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { isRefused, type Refused } from '#contracts';
import { bug, problemOfError, problemOfRefusal, type RouteAccess, sendProblem } from '../http/index.js';
import { momentRenderer } from './moments.js';
import { parseInput } from './parse-input.js';
import { Answer, answeredItself, type AnyRoute, API, type Asked, type RouteOutput } from './route.js';

const declarationKey = Symbol('route declaration');

type Handler<R extends AnyRoute> = (
  asked: Asked<R>,
) => Promise<RouteOutput<R> | Answer<unknown> | Refused | typeof answeredItself>;

/** Marks the method of a controller that answers the route. */
export function Handles<R extends AnyRoute>(declaration: R) {
  const { action, startsRuns = false } = declaration;
  const access: RouteAccess = { action, startsRuns };
  return <H extends Handler<R>>(target: object, key: string, descriptor: TypedPropertyDescriptor<H>): void => {
    descriptor.value = handlerFor(declaration, descriptor.value!) as unknown as H;
    RequestMapping({
      method: RequestMethod[declaration.method],
      path: `${API}${declaration.path}`.replaceAll(/\{(\w+)\}/g, ':$1'),
    })(target, key, descriptor as PropertyDescriptor);
    RouteConfig({ access })(target, key, descriptor as PropertyDescriptor);
    SetMetadata(declarationKey, declaration)(target, key, descriptor as PropertyDescriptor);
    Req()(target, key, 0);
    Res()(target, key, 1);
  };
}

/** The routes of a controller, in the order of its methods. */
export function routesOf(controller: { prototype: object }): { name: string; route: AnyRoute }[] {
  return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
    const method = Object.getOwnPropertyDescriptor(controller.prototype, name)?.value as object | undefined;
    const declaration = method && (Reflect.getMetadata(declarationKey, method) as AnyRoute | undefined);
    return declaration ? [{ name, route: declaration }] : [];
  });
}

function handlerFor<R extends AnyRoute>(declaration: R, handle: Handler<R>) {
  const render = renderersOf(declaration);
  return async function (this: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    try {
      const input = parseInput(declaration, request);
      if (isRefused(input)) return void sendProblem(request, reply, problemOfRefusal(input));
      const asked = { ...input, caller: request.caller!, request, reply } as Asked<R>;
      const answer = await handle.call(this, asked);
      if (answer === answeredItself) return;
      if (isRefused(answer)) return void sendProblem(request, reply, problemOfRefusal(answer));
      send(reply, answer instanceof Answer ? answer : new Answer(answer), declaration, render);
    } catch (error) {
      fail(request, reply, error);
    }
  };
}

/** A renderer for each status; an answer without moments goes out as it is. */
function renderersOf({ status = 200, output, alsoStatus = {} }: AnyRoute) {
  const outputs = [
    [status, output] as const,
    ...Object.entries(alsoStatus).map(([s, o]) => [Number(s), o.output] as const),
  ];
  return new Map(outputs.map(([code, schema]) => [code, momentRenderer(schema)]));
}

function send(
  reply: FastifyReply,
  { value, more }: Answer<unknown>,
  declaration: AnyRoute,
  renderers: ReturnType<typeof renderersOf>,
): void {
  const status = more.status ?? declaration.status ?? 200;
  if (more.headers) void reply.headers(more.headers);
  if (status === 204) return void reply.code(204).send();
  const render = renderers.get(status);
  void reply.code(status).send(render ? render(value) : value);
}

function fail(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const known = problemOfError(error);
  if (!known) request.server.noteBug(error, request);
  sendProblem(request, reply, known ?? bug());
}
