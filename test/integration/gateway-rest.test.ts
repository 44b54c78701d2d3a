/** The gateway's REST door with real servers, a real registry and a real dispatcher. */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refusalKinds, refuse, type Scope } from '#contracts';
import { newId } from '#lifecycle';
import { type Action, actionsOf, actions } from '../../apps/gateway/auth/index.js';
import { type Gateway } from '../../apps/gateway/gateway.js';
import { createClient } from '../../libs/client/index.js';
import { ADMIN_KEY as ADMIN, type Ask, PlatformFixture } from './platform.fixture.js';

const scopes = Object.keys(actionsOf) as Scope[];

let platform: PlatformFixture;
let gateway: Gateway;
let url: string;
const keys = { admin: ADMIN } as Record<Scope, string>;
/** There is no scheduler here. A service gets eight seconds to come back, in which the other tests go on. */
let askedScheduler: ReturnType<typeof call>;

beforeAll(async () => {
  platform = await PlatformFixture.open({
    TASKSMITH_ALLOWED_HOSTS: 'tasks.example',
    TASKSMITH_ALLOWED_ORIGINS: 'https://console.example',
    TASKSMITH_BODY_LIMIT_BYTES: '100000',
  });
  await platform.start('registry', 'dispatcher');
  gateway = await platform.startGateway();
  url = platform.url;
  askedScheduler = call('GET', '/schedules');
  askedScheduler.catch(() => undefined);
  for (const scope of scopes.filter((one) => one !== 'admin'))
    keys[scope] = (await platform.createKey(scope, scope)).key;
  await register('add', {
    type: 'object',
    properties: { a: { type: 'integer' }, b: { type: 'integer' } },
    required: ['a'],
    additionalProperties: false,
  });
});

afterAll(() => platform.close());

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Body = any;
const call = (method: string, path: string, ask?: Ask) => platform.ask<Body>(method, path, ask);

/** With headers that fetch would not let us write. */
function callWith(
  headers: Record<string, string>,
  path = '/api/v1/queues',
  method = 'GET',
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Body }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      { hostname, port, path, method, headers: { authorization: `Bearer ${ADMIN}`, ...headers } },
      (response) => {
        let text = '';
        response
          .on('data', (chunk) => (text += chunk))
          .on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              body: text ? JSON.parse(text) : undefined,
            }),
          );
      },
    );
    asked.on('error', reject).end();
  });
}

async function register(name: string, argumentsSchema: object, queue = 'math'): Promise<void> {
  const { status, body } = await call('POST', '/tasks', { body: { name, queue, argumentsSchema } });
  expect(body).toMatchObject({ name });
  expect(status).toBe(201);
}

function expectProblem(answer: Awaited<ReturnType<typeof call>>, code: string): void {
  const kind = (refusalKinds as Record<string, { status: number; title: string }>)[code];
  expect(answer.body).toMatchObject({ type: `urn:tasksmith:problem:${code}`, code, status: answer.status });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(typeof answer.body.detail).toBe('string');
  if (kind) expect(answer.body).toMatchObject({ title: kind.title, status: kind.status });
}

const pathOf = (path: string) =>
  path.replace(/:(\w+)/g, (_, name: string) =>
    name === 'version' ? '1' : name === 'name' ? 'add' : name === 'keyId' ? 'AAAAAAAAAAAA' : newId(),
  );

describe('access', () => {
  it('asks for a key on every route but documents and health', async () => {
    const guarded = gateway.routes.filter(({ access }) => 'action' in access);
    expect(guarded.length).toBeGreaterThan(30);
    for (const { method, path } of guarded)
      expectProblem(await call(method, pathOf(path), { key: '' }), 'auth.missing');
    const open = gateway.routes.filter(({ access }) => 'open' in access).map(({ path }) => path);
    expect(open.filter((path) => !path.startsWith('/mcp') && !path.startsWith('/.well-known')).sort()).toEqual([
      '/api/docs',
      '/api/docs/openapi.json',
      '/health/live',
      '/health/ready',
    ]);
  });

  it.each([
    ['of another form', 'hunter2'],
    ['of an unknown id', 'tsk_Unknown00001_abcdefghijklmnopqrstuvwxyz012345'],
    ['with another secret', 'tsk_Admin0000001_abcdefghijklmnopqrstuvwxyz012346'],
    ['that is very long', `tsk_Admin0000001_${'a'.repeat(5_000)}`],
  ])('refuses a key %s on every route', async (_, key) => {
    for (const { method, path, access } of gateway.routes)
      if ('action' in access) expectProblem(await call(method, pathOf(path), { key }), 'auth.invalid');
  });

  it('refuses a scope that does not allow the action, on every route', async () => {
    for (const { method, path, access } of gateway.routes) {
      if (!('action' in access)) continue;
      for (const scope of scopes) {
        if ((actionsOf[scope] as readonly Action[]).includes(access.action)) continue;
        const answer = await call(method, pathOf(path), { key: keys[scope] });
        expectProblem(answer, 'auth.forbidden');
        expect(answer.body.hint).toContain('scope');
      }
    }
    expect(actions).toEqual(actionsOf.admin);
  });

  it('takes the key as X-API-Key too', async () => {
    expect((await call('GET', '/tasks', { key: '', headers: { 'x-api-key': ADMIN } })).status).toBe(200);
  });

  it('knows a new key at once, and not any more once it is revoked', async () => {
    const { body: made, headers } = await call('POST', '/keys', { body: { name: 'short-lived', scope: 'viewer' } });
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await call('GET', '/tasks', { key: made.key })).status).toBe(200);
    const { body: revoked } = await call('DELETE', `/keys/${made.keyId}`);
    expect(revoked.revokedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    await vi.waitFor(async () => expectProblem(await call('GET', '/tasks', { key: made.key }), 'auth.invalid'), 3_000);
  });

  it('refuses a Host of another site, and admits local and configured ones', async () => {
    const { port } = new URL(url);
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.nip.io'])
      expect(await callWith({ host })).toMatchObject({ status: 403, body: { code: 'host.refused' } });
    for (const host of [
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      `[::1]:${port}`,
      'tasks.example',
      'Tasks.Example:443',
    ])
      expect(await callWith({ host })).toMatchObject({ status: 200 });
  });

  it('refuses an Origin of another site, and tells browsers of an admitted one', async () => {
    for (const origin of ['https://evil.example', 'null', 'file://', 'https://localhost.evil.example'])
      expect(await callWith({ origin })).toMatchObject({ status: 403, body: { code: 'origin.refused' } });
    for (const origin of ['http://localhost:5173', 'https://console.example'])
      expect(await callWith({ origin })).toMatchObject({
        status: 200,
        headers: { 'access-control-allow-origin': origin },
      });
    const preflight = { origin: 'https://console.example', 'access-control-request-method': 'POST', authorization: '' };
    expect(await callWith(preflight, '/api/v1/runs', 'OPTIONS')).toMatchObject({ status: 204 });
  });

  it('does not start with a route that does not say what it needs', async () => {
    const { guardRoutes } = await import('../../apps/gateway/http/index.js');
    const { fastify } = await import('fastify');
    const bare = fastify();
    guardRoutes(bare, { doors: {} as never, keyRing: {} as never, maxInFlight: 1, tooManyRuns: () => null });
    expect(() => bare.get('/forgotten', () => 'hello')).toThrow(/does not declare what it needs/);
  });
});

describe('problem documents', () => {
  it('are told for unknown routes and methods', async () => {
    expectProblem(await call('GET', '/nothing'), 'route.unknown');
    expectProblem(await call('GET', '/nothing', { key: '' }), 'route.unknown');
    const answer = await call('PUT', '/runs', { body: {} });
    expectProblem(answer, 'route.method-not-allowed');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST, GET');
  });

  it.each([
    ['malformed JSON', '{"task":', 400, 'request.invalid'],
    ['a poisoned prototype', '{"task":"add","__proto__":{"x":1}}', 400, 'request.invalid'],
    ['a body that is too large', JSON.stringify({ task: 'x'.repeat(200_000) }), 413, 'payload.too-large'],
    ['no object', '[]', 400, 'request.invalid'],
  ])('are told for %s', async (_, body, status, code) => {
    const answer = await call('POST', '/runs', { body });
    expectProblem(answer, code);
    expect(answer.status).toBe(status);
  });

  it('are told for a path that cannot be decoded, and for one that is endless', async () => {
    expectProblem(await call('GET', '/tasks/%zz'), 'request.invalid');
    expect((await call('GET', `/tasks/${'x'.repeat(5_000)}`)).headers.get('content-type')).toBe(
      'application/problem+json',
    );
  });

  it('are told for a body of another kind', async () => {
    const answer = await call('POST', '/runs', { body: 'task=add', headers: { 'content-type': 'text/csv' } });
    expectProblem(answer, 'media.unsupported');
    expect(answer.status).toBe(415);
  });

  it('name the field that is wrong', async () => {
    const unknownMember = await call('POST', '/runs', { body: { task: 'add', kwargs: {} } });
    expect(unknownMember.body).toMatchObject({ code: 'request.invalid', details: { in: 'body', field: '/kwargs' } });
    const query = await call('GET', '/runs?limit=0');
    expect(query.body).toMatchObject({ code: 'request.invalid', details: { in: 'query', field: '/limit' } });
    const path = await call('GET', '/runs/42');
    expect(path.body).toMatchObject({ code: 'request.invalid', details: { in: 'path', field: '/runId' } });
  });

  it('are told for refusals of the services', async () => {
    expectProblem(await call('GET', `/runs/${newId()}`), 'run.unknown');
    expectProblem(await call('GET', '/tasks/nowhere'), 'task.unknown');
    const answer = await call('POST', '/deployments', { body: { task: 'add', queue: 'math' } });
    expect(answer.body).toMatchObject({ code: 'request.invalid', details: { field: '/files' } });
  });
});

describe('running tasks', () => {
  it('accepts a run, and shows it with moments in ISO 8601', async () => {
    const { status, headers, body } = await call('POST', '/runs', {
      key: keys.agent,
      body: { task: 'add', arguments: { a: 1, b: 2 } },
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({ task: 'add', queue: 'math', repeated: false });
    expect(headers.get('location')).toBe(`/api/v1/runs/${body.runId}`);
    const { body: run } = await call('GET', `/runs/${body.runId}`);
    expect(run).toMatchObject({
      status: 'waiting',
      arguments: { a: 1, b: 2 },
      acceptedAt: expect.stringMatching(/Z$/),
    });
    const { body: events } = await call('GET', `/runs/${body.runId}/events`);
    expect(events.events[0]).toMatchObject({
      type: 'RunAccepted',
      actor: expect.stringMatching(/^key:/),
      at: expect.stringMatching(/Z$/),
    });
  });

  it('takes arguments by position', async () => {
    const { body } = await call('POST', '/runs', { body: { task: 'add', args: [1], arguments: { b: 5 } } });
    expect((await call('GET', `/runs/${body.runId}`)).body.arguments).toEqual({ a: 1, b: 5 });
  });

  it.each([
    ['a missing one', { arguments: {} }, '/a', /"a" is missing; expected integer/],
    ['one of another type', { arguments: { a: 'ten' } }, '/a', /"a" is "ten" \(string\), expected integer/],
    ['one that it does not take', { arguments: { a: 1, c: 1 } }, '/c', /"c" is not an argument; it takes a, b/],
    ['one given twice', { args: [1], arguments: { a: 2 } }, '/a', /"a" is given twice/],
    ['too many', { args: [1, 2, 3] }, '/2', /3 arguments were given by position, but it takes 2: a, b/],
  ])('refuses arguments with %s', async (_, given, field, message) => {
    const answer = await call('POST', '/runs', { body: { task: 'add', ...given } });
    expectProblem(answer, 'arguments.invalid');
    expect(answer.body.details.errors[0]).toMatchObject({ field, message: expect.stringMatching(message) });
    expect(answer.body.detail).toMatch(message);
  });

  it('refuses an unknown task with a suggestion, another queue with the right one', async () => {
    const typo = await call('POST', '/runs', { body: { task: 'ad', arguments: {} } });
    expectProblem(typo, 'task.unknown');
    expect(typo.body.hint).toBe('Did you mean add?');
    const queue = await call('POST', '/runs', { body: { task: 'add', queue: 'other', arguments: { a: 1 } } });
    expect(queue.body).toMatchObject({ code: 'request.invalid', hint: expect.stringContaining('math') });
    expectProblem(
      await call('POST', '/runs', { body: { task: 'add', version: 9, arguments: { a: 1 } } }),
      'task.version-unknown',
    );
  });

  it('is not held up by a schema whose pattern explodes', async () => {
    await register('slow_match', { type: 'object', properties: { text: { type: 'string', pattern: '^(a+)+$' } } });
    const began = performance.now();
    const text = `${'a'.repeat(60)}b`;
    expectProblem(
      await call('POST', '/runs', { body: { task: 'slow_match', arguments: { text } } }),
      'arguments.invalid',
    );
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it('gives the same run for the same idempotency key and body, 409 for another body', async () => {
    const headers = { 'idempotency-key': newId() };
    const ask = (a: number) => call('POST', '/runs', { body: { task: 'add', arguments: { a } }, headers });
    const [first, again, other] = [await ask(1), await ask(1), await ask(2)];
    expect(again.body).toEqual({ ...first.body, repeated: true });
    expectProblem(other, 'idempotency.conflict');
  });

  it('waits as long as asked, and answers 202 when the run has not finished', async () => {
    const began = performance.now();
    const answer = await call('POST', '/runs', {
      body: { task: 'add', arguments: { a: 1 } },
      headers: { prefer: 'wait=1' },
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  it('answers a waiting caller as soon as the run has finished, and runs it again when asked', async () => {
    const body = { task: 'add', arguments: { a: 77 } };
    const waiting = call('POST', '/runs', { body, headers: { prefer: 'wait=20' } });
    const runId = await vi.waitFor(async () => {
      const { body: list } = await call('GET', '/runs?limit=1');
      const { body: run } = await call('GET', `/runs/${list.items[0].runId}`);
      expect(run.arguments).toEqual({ a: 77 });
      return run.runId as string;
    }, 5_000);
    expectProblem(await call('POST', `/runs/${runId}/retry`), 'run.not-finished');
    const cancelled = await call('POST', `/runs/${runId}/cancel`, { body: { reason: 'enough' } });
    expect(cancelled.status).toBe(200);
    const answer = await waiting;
    expect(answer).toMatchObject({
      status: 200,
      body: { runId, status: 'cancelled', finishedAt: expect.stringMatching(/Z$/) },
    });
    const again = await call('POST', `/runs/${runId}/retry`);
    expect(again.status).toBe(202);
    expect((await call('GET', `/runs/${again.body.runId}`)).body).toMatchObject({
      retryOf: runId,
      arguments: { a: 77 },
    });
  });

  it('answers each run of a batch on its own', async () => {
    const runs = [{ task: 'add', arguments: { a: 1 } }, { task: 'nowhere' }, { task: 'add', arguments: {} }];
    const { status, body } = await call('POST', '/runs/batch', { body: { runs } });
    expect(status).toBe(202);
    expect(body.answers).toMatchObject([
      { started: { task: 'add' }, problem: null, run: null },
      { started: null, problem: { code: 'task.unknown' } },
      { started: null, problem: { code: 'arguments.invalid' } },
    ]);
  });

  it('gives the same run for the same idempotency key within a batch, and in the next', async () => {
    const keyed = (a: number) => ({ task: 'add', arguments: { a }, idempotencyKey: 'in-a-batch' });
    const send = async (runs: object[]) => (await call('POST', '/runs/batch', { body: { runs } })).body.answers;
    const [first, again, other] = await send([keyed(1), keyed(1), keyed(2)]);
    expect(first.started.repeated).toBe(false);
    expect(again.started).toEqual({ ...first.started, repeated: true });
    expect(other).toMatchObject({ started: null, problem: { code: 'idempotency.conflict' } });
    expect((await send([keyed(1)]))[0].started).toEqual(again.started);
  });

  it('takes of each run of a batch whatever a run may have', async () => {
    const own = { version: 1, queue: 'math', priority: 9, delayMs: 60_000, idempotencyKey: newId() };
    const { body } = await call('POST', '/runs/batch', { body: { runs: [{ task: 'add', args: [1], ...own }] } });
    const { runId } = body.answers[0].started;
    const { body: run } = await call('GET', `/runs/${runId}`);
    expect(run).toMatchObject({ arguments: { a: 1 }, taskVersion: 1, queue: 'math', priority: 9 });
    expect(Date.parse(run.notBefore)).toBeGreaterThan(Date.now() + 50_000);
  });

  it('sends what comes together in few requests', async () => {
    const sent = vi.spyOn(gateway.parts.requester, 'request');
    const caller = { keyId: 'AAAAAAAAAAAA', name: 'spec', scope: 'agent', actor: 'key:AAAAAAAAAAAA' } as never;
    const calls = Array.from({ length: 1_000 }, () => ({ task: 'add', kwargs: { a: 1 } }));
    const started = await gateway.parts.runs.startMany(caller, calls);
    expect(new Set(started.map((one) => (one as { runId: string }).runId)).size).toBe(1_000);
    expect(sent).toHaveBeenCalledTimes(2);
    sent.mockRestore();
  });
});

describe('events', () => {
  it('are read by stream, category and type, page by page', async () => {
    const { body: stream } = await call('GET', '/events?stream=task-add');
    expect(stream.items).toMatchObject([{ type: 'TaskVersionPublished', version: 1, stream: 'task-add' }]);
    const first = await call('GET', '/events?category=key&limit=2');
    expect(first.body.items).toHaveLength(2);
    const second = await call('GET', `/events?category=key&limit=2&cursor=${first.body.next}`);
    expect(second.body.items[0].cursor).not.toBe(first.body.items[1].cursor);
    const { body: revoked } = await call('GET', '/events?type=KeyRevoked');
    expect(new Set(revoked.items.map((event: { type: string }) => event.type))).toEqual(new Set(['KeyRevoked']));
    expectProblem(await call('GET', '/events?cursor=yesterday'), 'request.invalid');
    expect(JSON.stringify(first.body)).not.toContain('abcdefghijklmnopqrstuvwxyz012345');
  });

  it('are streamed as they happen, and resumed where the client left off', async () => {
    const live = await openStream('?category=task');
    await register('streamed_one', { type: 'object' });
    const first = await live.next('task-streamed_one');
    live.close();
    await register('streamed_two', { type: 'object' });
    const resumed = await openStream('?category=task', { 'last-event-id': first.id });
    expect((await resumed.next('task-')).data).toMatchObject({
      stream: 'task-streamed_two',
      at: expect.stringMatching(/Z$/),
    });
    await register('streamed_three', { type: 'object' });
    expect((await resumed.next('task-')).data.stream).toBe('task-streamed_three');
    resumed.close();
  });
});

interface Told {
  id: string;
  data: { stream: string };
}

async function openStream(query: string, headers: Record<string, string> = {}) {
  const gone = new AbortController();
  const response = await fetch(`${url}/api/v1/events/stream${query}`, {
    headers: { authorization: `Bearer ${keys.viewer}`, ...headers },
    signal: gone.signal,
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = response
    .body!.pipeThrough(new TextDecoderStream() as never)
    .getReader() as ReadableStreamDefaultReader<string>;
  let text = '';
  const told: Told[] = [];
  const next = async (streamPrefix: string): Promise<Told> => {
    for (;;) {
      const event = told.shift();
      if (event?.data.stream.startsWith(streamPrefix)) return event;
      if (event) continue;
      text += (await reader.read()).value ?? '';
      const frames = text.split('\n\n');
      text = frames.pop()!;
      for (const frame of frames) {
        const fields = Object.fromEntries(
          frame.split('\n').map((line) => [line.split(': ')[0]!, line.slice(line.indexOf(': ') + 2)]),
        );
        if (fields['data']) told.push({ id: fields['id']!, data: JSON.parse(fields['data']) });
      }
    }
  };
  // The headers come before the stream has met the feed; the first bytes after it.
  return { next, close: () => gone.abort() };
}

describe('the documents', () => {
  it('describe every route, and every reference in them leads somewhere', async () => {
    const { body: document } = await call('GET', '/api/docs/openapi.json', { key: '' });
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const served = gateway.routes
      .filter(({ path }) => path.startsWith('/api/v1'))
      .map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual(served.sort());
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to]) => to!);
    for (const to of new Set(references))
      expect(document.components.schemas).toHaveProperty(to.replace('#/components/schemas/', ''));
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods as object).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('can be read as a page that takes nothing from elsewhere', async () => {
    const response = await fetch(`${url}/api/docs`);
    const page = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).toContain('/api/v1/runs/{runId}/cancel');
    expect(page).not.toMatch(/<script|src=|https?:\/\/(?!127)(?!json-schema)/);
  });

  it('fit the client', async () => {
    const client = createClient({ baseUrl: url, apiKey: keys.agent });
    const { data } = await client.POST('/api/v1/runs', { body: { task: 'add', arguments: { a: 3 } } });
    expect(data).toMatchObject({ task: 'add' });
    const { error } = await client.GET('/api/v1/keys');
    expect(error).toMatchObject({ code: 'auth.forbidden' });
  });
});

describe('the gateway', () => {
  it('says which parts answer', async () => {
    const { body } = await call('GET', '/system', { key: keys.viewer });
    expect(body).toMatchObject({
      status: 'degraded',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      services: { registry: { ok: true }, dispatcher: { ok: true }, scheduler: { ok: false }, deployer: { ok: false } },
      servers: { postgres: { ok: true }, nats: { ok: true } },
    });
  });

  it('is live and ready', async () => {
    expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('refuses to start more runs than it has room for before it reads them, and nothing else', async () => {
    const full = vi.spyOn(gateway.parts.runs, 'tooMany').mockReturnValue(refuse('rate.limited', 'Too many.'));
    const body = { runs: 'not even looked at' };
    const answers = await Promise.all([
      call('POST', '/runs/batch', { body }),
      call('POST', '/runs', { body }),
      call('GET', '/runs'),
    ]);
    full.mockRestore();
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(answers[0]!.headers.get('retry-after')).toBe('1');
  });

  it('takes no more requests at once than it has room for', async () => {
    const small = await platform.startGateway({ maxInFlight: 3 });
    const { port } = small.fastify.server.address() as { port: number };
    const ask = () =>
      fetch(`http://127.0.0.1:${port}/api/v1/runs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json', prefer: 'wait=1' },
        body: JSON.stringify({ task: 'add', arguments: { a: 1 } }),
      });
    const answers = await Promise.all(Array.from({ length: 8 }, ask));
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy).toHaveLength(5);
    expect(busy[0]!.headers.get('retry-after')).toBe('1');
    expect((await ask()).status).toBe(202);
  });

  it('is not held up in stopping by a connection on which nothing is asked', async () => {
    const stopping = await platform.startGateway();
    const { port } = stopping.fastify.server.address() as { port: number };
    const silent = connect(port, '127.0.0.1');
    await once(stopping.fastify.server, 'connection');
    const began = performance.now();
    await Promise.all([stopping.stop(), once(silent, 'close')]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('says when to come back if a service is away', async () => {
    const answer = await askedScheduler;
    expectProblem(answer, 'service.unavailable');
    expect(answer.headers.get('retry-after')).toBe('1');
  });
});
