/** What the tests of the event store share: a private schema, pools on it, and events to write. */
import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { inject } from 'vitest';
import { streamOf, type Category } from '#contracts';
import {
  BEGINNING,
  openPool,
  PostgresLog,
  type PostgresLogOptions,
  type DomainEvent,
  type EventLog,
  type RecordedEvent,
  type StreamAppend,
} from '#event-store';
import { createPrivateSchema } from '#testing';

export const meta = { actor: 'service:test' };
export const noted = (text: string) => ({ type: 'Noted', at: 1_700_000_000_000, text });
export const newStream = (category: Category) => streamOf(category, randomUUID());

export function adding(stream: string, expectedVersion: number, ...events: DomainEvent[]): StreamAppend {
  return { category: stream.slice(0, stream.indexOf('-')) as Category, stream, expectedVersion, events, meta };
}

export const placeOf = ({ stream, version }: Pick<RecordedEvent, 'stream' | 'version'>) => `${stream}@${version}`;

export interface World {
  /** As a service. */
  pool: Pool;
  /** As the owner, here a superuser. */
  owner: Pool;
  url: string;
  ownerUrl: string;
  role: string;
  another(max?: number): Pool;
  close(): Promise<void>;
}

/** What these tests ask is what the log answers, not how soon a busy machine lets it. */
export const patience = { connectTimeoutMs: 30_000, statementTimeoutMs: 30_000 };

export async function openWorld(max = 10): Promise<World> {
  const { schema, url, ownerUrl, drop } = await createPrivateSchema(inject('databaseUrl'));
  const pools: Pool[] = [];
  const open = (from: string, size: number) => {
    const pool = openPool(from, { max: size, applicationName: schema, ...patience });
    pools.push(pool);
    return pool;
  };
  return {
    pool: open(url, max),
    owner: open(ownerUrl, 4),
    url,
    ownerUrl,
    role: `${schema}_service`,
    another: (size = 4) => open(url, size),
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await drop();
    },
  };
}

export function patientLog(pool: Pool, more: Omit<PostgresLogOptions, 'pool'> = {}): PostgresLog {
  return new PostgresLog({ pool, appendTimeoutMs: 30_000, ...more });
}

/** The whole log in order. */
export async function readEverything(log: EventLog): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for (;;) {
    const page = await log.readAll({ after: all.at(-1)?.cursor ?? BEGINNING, limit: 1_000 });
    if (page.length === 0) return all;
    all.push(...page);
  }
}
