/** The OpenAPI 3.1 document, made from the same declarations that the routes run on. */
import { z } from 'zod';
import {
  DeploymentView,
  EventView,
  InlineFile,
  Json,
  KeyView,
  Moment,
  QueueView,
  type RefusalCode,
  refusalKinds,
  RunPolicies,
  RunSummary,
  RunView,
  ScheduleView,
  TaskDetailsView,
  TaskView,
  WorkerView,
} from '#contracts';
import { productVersion } from '../product-version.js';
import { allRoutes, type NamedRoute } from './controllers.js';
import { MomentInput } from './moments.js';
import { type AnyRoute, API } from './route.js';
import { RunRequest, StartedRunShape } from './runs.controller.js';
import { ProblemShape } from './shapes.js';

type JsonObject = Record<string, unknown>;

const outputs: Record<string, z.ZodType> = {
  Problem: ProblemShape,
  RunView,
  RunSummary,
  StartedRun: StartedRunShape,
  TaskView,
  TaskDetailsView,
  RunPolicies,
  DeploymentView,
  WorkerView,
  QueueView,
  ScheduleView,
  EventView,
  KeyView,
};
const inputs: Record<string, z.ZodType> = { RunRequest, InlineFile };
/** Any route with a key may answer with these. */
const everywhere: RefusalCode[] = ['request.invalid', 'auth.missing', 'auth.forbidden', 'service.unavailable'];

export function openApiDocument(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const named of allRoutes()) {
    const path = `${API}${named.route.path}`;
    paths[path] = { ...paths[path], [named.route.method.toLowerCase()]: operation(named) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tasksmith',
      version: productVersion(),
      description: 'AI agents write tasks; Tasksmith builds, isolates, tests, registers and runs them.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    tags: [...new Set(allRoutes().map(({ noun }) => noun))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, `tsk_<id>_<secret>`.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas: { ...named('input', inputs), ...named('output', outputs) },
    },
  };
}

function operation({ noun, name, route }: NamedRoute): JsonObject {
  return {
    operationId: `${noun}.${name}`,
    tags: [noun],
    summary: route.summary,
    ...(route.description && { description: route.description }),
    'x-action': route.action,
    parameters: [...parameters('path', route.params), ...parameters('query', route.query), ...headerParameters(route)],
    ...(route.body && { requestBody: requestBody(route, route.body) }),
    responses: { ...goodResponses(route), ...problemResponses(route) },
  };
}

function parameters(place: 'path' | 'query', shape: z.ZodObject | undefined): JsonObject[] {
  if (!shape) return [];
  const { properties = {}, required = [] } = jsonSchema(shape, 'input') as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function headerParameters({ headers = {} }: AnyRoute): JsonObject[] {
  return Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
}

function requestBody({ rawBodies = [], bodyIsOptional = false }: AnyRoute, body: z.ZodType): JsonObject {
  const raw = rawBodies.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]);
  return {
    required: !bodyIsOptional,
    content: { 'application/json': { schema: jsonSchema(body, 'input') }, ...Object.fromEntries(raw) },
  };
}

function goodResponses(route: AnyRoute): JsonObject {
  const { status = 200, output, alsoStatus = {}, path } = route;
  if (status === 204) return { 204: { description: 'Done' } };
  const type = path.endsWith('/stream') ? 'text/event-stream' : 'application/json';
  const also = Object.entries(alsoStatus).map(([code, one]) => [code, response(one.means, type, one.output)]);
  return { [status]: response(route.summary, type, output), ...Object.fromEntries(also) };
}

function response(description: string, type: string, output: z.ZodType): JsonObject {
  return { description, content: { [type]: { schema: jsonSchema(output, 'output') } } };
}

function problemResponses({ refusals = [] }: AnyRoute): JsonObject {
  const byStatus = new Map<number, RefusalCode[]>();
  for (const code of [...everywhere, ...refusals]) {
    const { status } = refusalKinds[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    entries.map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${refusalKinds[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    ]),
  );
}

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

function named(io: 'input' | 'output', schemas: Record<string, z.ZodType>): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, jsonSchema(schema, io, name)]));
}

/** A schema with the named ones replaced by references, except the one that is being named itself. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', itself?: string): JsonObject {
  const names = Object.entries(io === 'input' ? inputs : outputs).filter(([name]) => name !== itself);
  const document = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: made }) => {
      const name = names.find(([, one]) => (one as unknown) === zodSchema)?.[0];
      if (name) become(made, { $ref: `#/components/schemas/${name}` });
      else if (zodSchema === Moment || zodSchema === MomentInput) become(made, { type: 'string', format: 'date-time' });
      else if (zodSchema === Json) become(made, {});
    },
  });
  return tidy(document as JsonObject) as JsonObject;
}

function become(made: JsonObject, other: JsonObject): void {
  for (const key of Object.keys(made)) delete made[key];
  Object.assign(made, other);
}

const noise = new Set(['$schema', '$defs', '$id', 'propertyNames', '~standard']);

/** Leaves out what says nothing to a reader. References within one schema are only ever to "any JSON". */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  if (typeof (value as JsonObject)['$ref'] === 'string') return tidyRef(value as { $ref: string });
  const kept = Object.entries(value).filter(([key, member]) => !noise.has(key) && !isSafeIntegerBound(key, member));
  return Object.fromEntries(kept.map(([key, member]) => [key, tidy(member)]));
}

function tidyRef(reference: { $ref: string }): JsonObject {
  return reference.$ref.startsWith('#/components/') ? { $ref: reference.$ref } : {};
}

function isSafeIntegerBound(key: string, value: unknown): boolean {
  return (key === 'minimum' || key === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
}
