import { EventEmitter } from 'node:events';
import { type ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { streamOf } from '#contracts';
import { BEGINNING, InMemoryLog, LocalHints } from '#event-store';
import { silentLogger } from '#observability';
import { EventStream } from './event-stream.js';
import { LiveFeed } from './live-feed.js';

class FakeResponse extends EventEmitter {
  text = '';
  writableLength = 0;
  ended = false;
  writeHead = () => this;
  write = (chunk: string) => {
    this.text += chunk;
    return true;
  };
  end = (chunk = '') => {
    this.text += chunk;
    this.ended = true;
    this.emit('close');
  };
  destroy = () => this.end();
  get cursors() {
    return [...this.text.matchAll(/^id: (\S+)\nevent: /gm)].map(([, cursor]) => cursor);
  }
  get streams() {
    return [...this.text.matchAll(/"stream":"task-([^"]+)"/g)].map(([, name]) => name);
  }
}

async function world() {
  const hints = new LocalHints();
  const log = new InMemoryLog(hints);
  const feed = new LiveFeed({ log, hints, logger: silentLogger });
  const add = (name: string, category: 'task' | 'key' = 'task') =>
    log.append([
      {
        category,
        stream: streamOf(category, name),
        expectedVersion: 0,
        events: [{ type: 'Noted', at: 1 }],
        meta: { actor: 'x' },
      },
    ]);
  const open = async (options: { after?: typeof BEGINNING; category?: 'task'; maxBufferedBytes?: number } = {}) => {
    const response = new FakeResponse();
    const { after, category, ...rest } = options;
    const stream = new EventStream({
      feed,
      response: response as unknown as ServerResponse,
      filter: { category },
      after,
      ...rest,
    });
    await stream.open();
    return { response, stream };
  };
  return { log, feed, add, open };
}

describe('an event stream', () => {
  it('begins with what happens from now on', async () => {
    const { add, open, feed } = await world();
    await add('before');
    const { response, stream } = await open();
    await add('after');
    await vi.waitFor(() => expect(response.streams).toEqual(['after']));
    stream.close();
    await feed.stop();
  });

  it('resumes without a gap or a double while events go on happening', async () => {
    const { add, open, feed } = await world();
    for (let index = 0; index < 1_200; index++) await add(`old${index}`);
    const adding = (async () => {
      for (let index = 0; index < 300; index++) await add(`new${index}`);
    })();
    const { response, stream } = await open({ after: BEGINNING });
    await adding;
    await vi.waitFor(() => expect(response.streams).toHaveLength(1_500));
    expect(new Set(response.cursors).size).toBe(1_500);
    expect(response.streams.slice(1_200)).toEqual(Array.from({ length: 300 }, (_, index) => `new${index}`));
    stream.close();
    await feed.stop();
  });

  it('cuts off a client that does not read, with a hint, and leaves others alone', async () => {
    const { add, open, feed } = await world();
    const [slow, quick] = [await open({ maxBufferedBytes: 1_000 }), await open()];
    slow.response.writableLength = 5_000;
    await add('one');
    await vi.waitFor(() => expect(slow.response.ended).toBe(true));
    expect(slow.response.text).toMatch(/event: too-slow\ndata: .*Last-Event-ID/);
    await add('two');
    await vi.waitFor(() => expect(quick.response.streams).toEqual(['one', 'two']));
    expect(slow.response.streams).toEqual(['one']);
    quick.stream.close();
    await feed.stop();
  });

  it('reads the log once, however many listen', async () => {
    const { add, open, feed, log } = await world();
    const streams = await Promise.all(Array.from({ length: 50 }, () => open({ category: 'task' })));
    const reads = vi.spyOn(log, 'readAll');
    await add('one');
    await add('hidden', 'key');
    await vi.waitFor(() => expect(streams.every(({ response }) => response.streams.length === 1)).toBe(true));
    expect(reads.mock.calls.length).toBeLessThan(10);
    for (const { stream } of streams) stream.close();
    await feed.stop();
  });
});
