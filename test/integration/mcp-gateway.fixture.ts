/**
 * A whole gateway in this process, over a log in memory and services that play their part: everything that an MCP client meets is real,
 * what stands behind the gateway answers as the test says.
 */
import { createHash } from 'node:crypto';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { readConfig } from '#config';
import { type Category, refuse, type Request, type RunId, type RunView, type Scope } from '#contracts';
import { type DomainEvent, InMemoryLog, LocalHints } from '#event-store';
import { systemClock } from '#lifecycle';
import { createLogger } from '#observability';
import { createGateway, type Gateway } from '../../apps/gateway/gateway.js';

type Answer = (input: never) => unknown;

export class GatewayFixture {
  readonly hints = new LocalHints();
  readonly log = new InMemoryLog(this.hints);
  /** What was asked of the services, in order. */
  readonly asked: { pattern: string; input: Record<string, unknown> }[] = [];
  readonly runs = new Map<string, RunView>();
  private readonly answers = new Map<string, Answer>();
  private notice: (runIds: RunId[]) => void = () => {};
  private readonly clients: Client[] = [];
  private gateway!: Gateway;
  url = '';

  async start(env: Record<string, string> = {}): Promise<void> {
    const config = readConfig(
      {
        NATS_URL: 'x',
        TASKSMITH_BODY_LIMIT_BYTES: '200000',
        TASKSMITH_ALLOWED_ORIGINS: 'https://console.example',
        ...env,
      },
      ['common', 'nats', 'gateway'],
    );
    this.gateway = await createGateway({
      config,
      namespace: 'ts',
      logger: createLogger({ service: 'gateway', level: 'error', pretty: false }),
      clock: systemClock,
      log: this.log,
      hints: this.hints,
      notices: {
        waiterFor: (id: string) => id,
        listen: (_: string, tell: typeof this.notice) => ((this.notice = tell), () => {}),
      },
      requester: { request: (request: Request, input: Record<string, unknown>) => this.request(request, input) },
      checks: [],
    } as unknown as Parameters<typeof createGateway>[0]);
    this.url = await this.gateway.start({ host: '127.0.0.1', port: 0 });
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await this.gateway.stop();
  }

  /** @returns the whole key. */
  async key(name: string, scope: Scope = 'agent'): Promise<string> {
    const keyId = name.padEnd(12, '0').slice(0, 12);
    const key = `tsk_${keyId}_${'s'.repeat(32)}`;
    const hash = createHash('sha256').update(key).digest('hex');
    await this.append('key', `key-${keyId}`, {
      type: 'KeyCreated',
      at: 1,
      keyId,
      name,
      scope,
      hash,
      by: 'test',
    } as DomainEvent);
    return key;
  }

  async revoke(key: string): Promise<void> {
    const keyId = key.split('_')[1]!;
    await this.append('key', `key-${keyId}`, { type: 'KeyRevoked', at: 1, keyId, by: 'test' } as DomainEvent);
  }

  /** A new version of a task, as a deployment would publish it. */
  async publish(
    name: string,
    more: {
      by?: string;
      argumentsSchema?: object;
      resultSchema?: object;
      description?: string;
      category?: string;
    } = {},
  ): Promise<void> {
    const stream = `task-${name}`;
    const version = (await this.log.readStream(stream)).length + 1;
    const {
      argumentsSchema = { type: 'object' },
      resultSchema = {},
      description = `Does ${name}.`,
      by = 'key:other',
      category = 'general',
    } = more;
    const declaration = { name, description, argumentsSchema, resultSchema, policies: {} };
    const deploymentId = '01990000-0000-7000-8000-000000000001';
    const place = { category, queue: 'math', lane: `math/${deploymentId}`, deploymentId };
    await this.append('task', stream, {
      type: 'TaskVersionPublished',
      at: Date.now(),
      version,
      declaration,
      ...place,
      by,
    } as DomainEvent);
  }

  async retire(name: string): Promise<void> {
    const retired = { type: 'TaskVersionRetired', at: 1, version: 1, deploymentId: null, reason: 'stopped' };
    await this.append('task', `task-${name}`, retired as DomainEvent);
  }

  /** What a service answers from now on. */
  answer<R extends Request>(request: R, reply: (input: Record<string, never>) => unknown): void {
    this.answers.set(request.pattern, reply as Answer);
  }

  /** Changes a run, and tells who waits for it when it has finished. */
  change(runId: string, change: Partial<Record<keyof RunView, unknown>>): void {
    this.runs.set(runId, { ...this.runs.get(runId)!, ...change } as RunView);
    this.notice([runId as RunId]);
  }

  async client(key: string, { query = '', onChange }: { query?: string; onChange?: () => void } = {}): Promise<Client> {
    const listChanged = onChange && { tools: { autoRefresh: false, debounceMs: 1, onChanged: onChange } };
    const client = new Client({ name: 'test', version: '1' }, listChanged ? { listChanged } : {});
    const requestInit = { headers: { authorization: `Bearer ${key}` } };
    const transport = new StreamableHTTPClientTransport(new URL(`${this.url}/mcp${query}`), { requestInit });
    await client.connect(transport as Transport);
    this.clients.push(client);
    return client;
  }

  private async request({ pattern }: Request, input: Record<string, unknown>): Promise<unknown> {
    this.asked.push({ pattern, input });
    const reply = this.answers.get(pattern) ?? this.defaults[pattern];
    return reply ? reply(input as never) : refuse('service.unavailable', `nobody answers ${pattern}`);
  }

  private readonly defaults: Record<string, Answer> = {
    'dispatcher.accept-runs': ({ runs }: { runs: Partial<RunView>[] }) => ({
      answers: runs.map((run) => {
        this.runs.set(run.runId!, runOf(run));
        return { runId: run.runId, repeated: false };
      }),
    }),
    'dispatcher.get-run': ({ runId }: { runId: string }) =>
      this.runs.get(runId) ?? refuse('run.unknown', `There is no run ${runId}.`),
    'dispatcher.cancel-run': ({ runId }: { runId: string }) => {
      this.change(runId, { status: 'cancelled' });
      return this.runs.get(runId);
    },
  };

  private async append(category: Category, stream: string, event: DomainEvent): Promise<void> {
    const expectedVersion = (await this.log.readStream(stream)).length;
    await this.log.append([{ category, stream, expectedVersion, events: [event], meta: { actor: 'test' } }]);
  }
}

function runOf(run: Partial<RunView>): RunView {
  return {
    taskVersion: 1,
    status: 'waiting',
    attempt: 0,
    priority: 4,
    acceptedAt: 1,
    startedAt: null,
    finishedAt: null,
    notBefore: null,
    result: null,
    error: null,
    progress: null,
    failures: [],
    cancelRequested: false,
    idempotencyKey: null,
    scheduleId: null,
    retryOf: null,
    ...run,
  } as RunView;
}
