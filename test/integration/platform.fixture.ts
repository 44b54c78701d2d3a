/** The platform in this process: the services that a test starts are the real ones, on real servers, under names of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { readConfig, type Slice } from '#config';
import { type Scope } from '#contracts';
import { newId } from '#lifecycle';
import { NatsStrategy } from '#messaging';
import { openPlatform, type ServiceParts } from '#service';
import { createPrivateSchema, type PrivateSchema } from '#testing';
import * as deployer from '../../apps/deployer/assemble.js';
import * as dispatcher from '../../apps/dispatcher/assemble.js';
import { createGateway, type Gateway } from '../../apps/gateway/gateway.js';
import * as registry from '../../apps/registry/assemble.js';
import * as scheduler from '../../apps/scheduler/assemble.js';

interface Service {
  readonly slices: readonly Slice[];
  assemble(platform: never): Promise<ServiceParts>;
}
const services = { deployer, dispatcher, registry, scheduler } satisfies Record<string, Service>;
export type ServiceName = keyof typeof services;

export const ADMIN_KEY = 'tsk_Admin0000001_abcdefghijklmnopqrstuvwxyz012345';

export interface Ask {
  /** Empty for none. Default: the admin's. */
  key?: string | undefined;
  /** Text and bytes go as they are, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Key {
  readonly key: string;
  readonly keyId: string;
  /** As it stands in the log. */
  readonly actor: string;
}

export class PlatformFixture {
  /** Of the first gateway. */
  url = '';
  private readonly namespace = `it-${newId().slice(-12)}`;
  private readonly cleanups: (() => Promise<unknown>)[] = [];

  private constructor(
    private readonly schema: PrivateSchema,
    /** For files that end with the test. */
    readonly folder: string,
    private readonly settings: NodeJS.ProcessEnv,
  ) {}

  /** @param settings over those that every test has. */
  static async open(settings: NodeJS.ProcessEnv = {}): Promise<PlatformFixture> {
    const schema = await createPrivateSchema(process.env['DATABASE_URL']!);
    return new PlatformFixture(schema, mkdtempSync(join(tmpdir(), 'tasksmith-platform-')), settings);
  }

  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DATABASE_URL: this.schema.url,
      TASKSMITH_NAMESPACE: this.namespace,
      TASKSMITH_ADMIN_KEY: ADMIN_KEY,
      TASKSMITH_MASTER_SECRET: '5e'.repeat(32),
      TASKSMITH_DATA_DIR: this.folder,
      TASKSMITH_WORKER_HOST: 'process',
      TASKSMITH_STOP_WORKERS: '1',
      LOG_LEVEL: 'silent',
      ...this.settings,
    };
  }

  async start(...names: ServiceName[]): Promise<void> {
    await Promise.all(names.map((name) => this.startService(name)));
  }

  async startGateway(options: Parameters<typeof createGateway>[1] = {}): Promise<Gateway> {
    const platform = await openPlatform<'gateway'>('gateway', readConfig(this.env, ['database', 'nats', 'gateway']));
    const gateway = await createGateway(platform, options);
    const listensAt = await gateway.start({ host: '127.0.0.1', port: 0 });
    this.url ||= listensAt;
    this.cleanups.push(async () => {
      await gateway.stop();
      await platform.close();
    });
    return gateway;
  }

  /** In the opposite order, and then whatever was left on the servers. */
  async close(): Promise<void> {
    for (const cleanup of this.cleanups.reverse()) await cleanup();
    await this.schema.drop();
    await this.emptyRedis();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Asks over REST; a path without a leading `/api` is one of version 1. */
  async ask<Body>(method: string, path: string, { key = ADMIN_KEY, body, headers = {} }: Ask = {}) {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(path.startsWith('/api') ? `${this.url}${path}` : `${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as Body };
  }

  async createKey(name: string, scope: Scope = 'agent'): Promise<Key> {
    const { body } = await this.ask<Key>('POST', '/keys', { body: { name, scope } });
    return { ...body, actor: `key:${body.keyId}` };
  }

  /** Resolves with its id once the deployment is active. */
  async deploy(bundle: object): Promise<string> {
    const { body } = await this.ask<{ deploymentId: string }>('POST', '/deployments', { body: bundle });
    await vi.waitFor(
      async () => {
        const { status } = (await this.ask<{ status: string }>('GET', `/deployments/${body.deploymentId}`)).body;
        if (status !== 'active') throw new Error(`the deployment is ${status}: ${JSON.stringify(body)}`);
      },
      { timeout: 30_000, interval: 50 },
    );
    return body.deploymentId;
  }

  private async startService(name: ServiceName): Promise<void> {
    const { slices, assemble }: Service = services[name];
    const platform = await openPlatform(name, readConfig(this.env, ['database', 'nats', ...slices]));
    const parts = await assemble(platform as never);
    const strategy = new NatsStrategy({
      connection: platform.nats,
      namespace: this.namespace,
      logger: platform.logger,
    });
    const app = await NestFactory.createMicroservice(parts.module, { strategy, logger: false });
    this.cleanups.push(async () => {
      await app.close();
      for (const part of [...parts.startables].reverse()) await part.stop();
      await platform.close();
    });
    for (const part of parts.startables) await part.start();
    await app.listen();
  }

  private async emptyRedis(): Promise<void> {
    const redis = new Redis(process.env['REDIS_URL']!);
    const left = await redis.keys(`${this.namespace}:*`);
    if (left.length > 0) await redis.del(...left);
    redis.disconnect();
  }
}
