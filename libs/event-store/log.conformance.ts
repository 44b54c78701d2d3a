/** What every implementation of the log answers; run it against each. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { streamOf, type Category } from '#contracts';
import { BEGINNING, type DomainEvent, type EventLog, type RecordedEvent, type StreamAppend } from './index.js';

interface Noted extends DomainEvent {
  type: 'Noted';
  text: string;
}

const meta = { actor: 'service:conformance' };
const noted = (text: string): Noted => ({ type: 'Noted', at: 1_700_000_000_123, text });
const newStream = (category: Category = 'task') => streamOf(category, randomUUID());

function adding(stream: string, expectedVersion: number, ...texts: string[]): StreamAppend {
  const category = stream.slice(0, stream.indexOf('-')) as Category;
  return { category, stream, expectedVersion, events: texts.map(noted), meta };
}

const textsOf = (events: readonly RecordedEvent[]) => events.map(({ event }) => (event as Noted).text);
const placesOf = (events: readonly RecordedEvent[]) => events.map(({ stream, version }) => `${stream}@${version}`);

/** `open` gives an empty log. */
export function conformsToEventLog(name: string, open: () => Promise<EventLog>): void {
  describe(`${name} as an event log`, () => {
    let log: EventLog;
    beforeEach(async () => {
      log = await open();
    });

    it('gives back what was appended, whole and in order', async () => {
      const stream = newStream();
      const odd = { ...noted('"quotes" \\ {braces}, NULL \u0000 \ud83d\ude00 \ud800'), deep: [{ a: null }, 1.5, true] };
      const traced = { actor: 'key:abc', traceparent: '00-1-2-01' };
      const unit = [{ category: 'task' as const, stream, expectedVersion: 0, events: [odd, noted('b')], meta: traced }];
      expect(await log.append(unit)).toBe('appended');
      expect(await log.readStream(stream)).toEqual([
        { category: 'task', stream, version: 1, event: odd, meta: traced, cursor: expect.anything() },
        { category: 'task', stream, version: 2, event: noted('b'), meta: traced, cursor: expect.anything() },
      ]);
    });

    it('knows nothing of a stream that was never written', async () => {
      expect(await log.readStream(newStream())).toEqual([]);
      expect(await log.readStreams([newStream(), newStream()])).toEqual(new Map());
    });

    it('continues a stream from its expected version, without gaps', async () => {
      const stream = newStream('run');
      expect(await log.append([adding(stream, 0, 'a', 'b')])).toBe('appended');
      expect(await log.append([adding(stream, 2, 'c')])).toBe('appended');
      expect((await log.readStream(stream)).map(({ version }) => version)).toEqual([1, 2, 3]);
    });

    it.each([
      ['behind the end', 1],
      ['beyond the end', 3],
      ['a new stream, though it exists', 0],
    ])('refuses an expected version that is %s', async (_, expectedVersion) => {
      const stream = newStream();
      await log.append([adding(stream, 0, 'a', 'b')]);
      expect(await log.append([adding(stream, expectedVersion, 'x')])).toBe('conflict');
      expect(textsOf(await log.readStream(stream))).toEqual(['a', 'b']);
    });

    it('refuses to start a stream in the middle', async () => {
      const stream = newStream();
      expect(await log.append([adding(stream, 1, 'x')])).toBe('conflict');
      expect(await log.readStream(stream)).toEqual([]);
    });

    it('appends to several streams of several categories, all or nothing', async () => {
      const [run, key, task] = [newStream('run'), newStream('idempotency'), newStream('task')];
      expect(await log.append([adding(run, 0, 'a'), adding(key, 0, 'b'), adding(task, 0, 'c')])).toBe('appended');
      const other = newStream('run');
      expect(await log.append([adding(other, 0, 'x'), adding(key, 0, 'y')])).toBe('conflict');
      const all = await log.readStreams([run, key, task, other]);
      expect(all).toEqual(
        new Map([
          [run, [noted('a')]],
          [key, [noted('b')]],
          [task, [noted('c')]],
        ]),
      );
    });

    it('appends to one stream what two actors say, one after the other, all or nothing', async () => {
      const stream = newStream('run');
      const other = { actor: 'worker:1' };
      const both = [adding(stream, 0, 'a'), { ...adding(stream, 1, 'b', 'c'), meta: other }];
      expect(await log.append(both)).toBe('appended');
      const events = await log.readStream(stream);
      expect(textsOf(events)).toEqual(['a', 'b', 'c']);
      expect(events.map((event) => event.meta)).toEqual([meta, other, other]);
      expect(await log.readStreams([stream])).toEqual(new Map([[stream, [noted('a'), noted('b'), noted('c')]]]));
      expect(await log.append(both)).toBe('conflict');
      expect(await log.append([adding(stream, 3, 'd'), { ...adding(stream, 4, 'e'), meta: other }])).toBe('appended');
      expect(textsOf(await log.readStream(stream))).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    it('keeps a conflict to the unit that has it', async () => {
      const taken = newStream('run');
      await log.append([adding(taken, 0, 'a')]);
      const units = Array.from({ length: 50 }, (_, index) => (index % 5 === 0 ? taken : newStream('run')));
      const answers = await Promise.all(units.map((stream) => log.append([adding(stream, 0, 'b')])));
      expect(answers).toEqual(units.map((stream) => (stream === taken ? 'conflict' : 'appended')));
      expect(textsOf(await log.readStream(taken))).toEqual(['a']);
    });

    it('answers each of many units on its own, in order', async () => {
      const [taken, fresh] = [newStream('run'), newStream('run')];
      await log.append([adding(taken, 0, 'a')]);
      const units = [
        [adding(fresh, 0, 'a')],
        [adding(taken, 0, 'b')],
        [adding(fresh, 1, 'b'), adding(newStream(), 0, 'c')],
        [adding(fresh, 1, 'late')],
      ];
      expect(await log.appendAll(units)).toEqual(['appended', 'conflict', 'appended', 'conflict']);
      expect(textsOf(await log.readStream(fresh))).toEqual(['a', 'b']);
      expect(await log.appendAll([])).toEqual([]);
    });

    it('lets exactly one of many rivals win', async () => {
      const stream = newStream();
      for (let version = 0; version < 5; version++) {
        const rivals = Array.from({ length: 20 }, (_, rival) => log.append([adding(stream, version, `r${rival}`)]));
        const answers = await Promise.all(rivals);
        expect(answers.filter((answer) => answer === 'appended')).toHaveLength(1);
      }
      expect((await log.readStream(stream)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    });

    it('carries out calls for one stream in the order they were made', async () => {
      const stream = newStream('run');
      const calls = Array.from({ length: 10 }, (_, version) => log.append([adding(stream, version, `${version}`)]));
      expect(await Promise.all(calls)).toEqual(calls.map(() => 'appended'));
      expect(textsOf(await log.readStream(stream))).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    });

    it('writes nothing for no events, and still checks the version', async () => {
      const stream = newStream();
      expect(await log.append([])).toBe('appended');
      expect(await log.append([adding(stream, 0)])).toBe('appended');
      expect(await log.append([adding(stream, 1)])).toBe('conflict');
      expect(await log.append([adding(stream, 1), adding(newStream(), 0, 'x')])).toBe('conflict');
      expect(await log.readAll({ after: BEGINNING, limit: 10 })).toEqual([]);
    });

    it('throws at a unit that names a stream again without going on there, or one of another category', async () => {
      const stream = newStream();
      await expect(log.append([adding(stream, 0, 'a'), adding(stream, 2, 'b')])).rejects.toThrow(TypeError);
      await expect(log.append([adding(stream, 0), adding(stream, 0, 'b')])).rejects.toThrow(TypeError);
      await expect(log.append([adding(stream, 0, 'a'), adding(stream, 1)])).rejects.toThrow(TypeError);
      await expect(log.append([{ ...adding(stream, 0, 'a'), category: 'run' }])).rejects.toThrow(TypeError);
    });

    it('reads all in the order of writing, page by page, from any cursor', async () => {
      const streams = Array.from({ length: 25 }, (_, index) => newStream(index % 2 === 0 ? 'run' : 'task'));
      for (const stream of streams) await log.append([adding(stream, 0, 'a', 'b')]);
      const expected = streams.flatMap((stream) => [`${stream}@1`, `${stream}@2`]);
      const pages = await readPages(log, 7, 50);
      expect(placesOf(pages.flat())).toEqual(expected);
      expect(pages.map((page) => page.length)).toEqual([7, 7, 7, 7, 7, 7, 7, 1]);
      const middle = pages.flat()[20]!;
      expect(placesOf(await log.readAll({ after: middle.cursor, limit: 1_000 }))).toEqual(expected.slice(21));
    });

    it('reads the same as text', async () => {
      for (const stream of [newStream('run'), newStream('task')]) await log.append([adding(stream, 0, 'a', '"b"\x1e')]);
      const read = (await readPages(log, 100, 4)).flat();
      const texts = await log.readAllText({ after: BEGINNING, limit: 100 });
      const parsed = texts.map(({ category, stream, version, event, meta, cursor }) => {
        return { category, stream, version, event: JSON.parse(event), meta: JSON.parse(meta), cursor };
      });
      expect(parsed).toEqual(read);
      expect(texts.map(({ type }) => type)).toEqual(read.map(({ event }) => event.type));
      const ofTasks = await log.readAllText({ after: BEGINNING, categories: ['task'], limit: 1 });
      expect(ofTasks).toEqual([texts[2]]);
    });

    it('reads only the categories asked for, in the same order', async () => {
      const categories: Category[] = ['run', 'task', 'idempotency', 'key', 'schedule', 'deployment'];
      const streams = [...categories, ...categories].map((category) => newStream(category));
      for (const stream of streams) await log.append([adding(stream, 0, 'a')]);
      await readPages(log, 100, streams.length);
      const only = async (...wanted: Category[]) =>
        (await log.readAll({ after: BEGINNING, categories: wanted, limit: 100 })).map(({ stream }) => stream);
      const of = (...wanted: Category[]) =>
        streams.filter((stream) => wanted.some((category) => stream.startsWith(`${category}-`)));
      expect(await only('key')).toEqual(of('key'));
      expect(await only('run')).toEqual(of('run'));
      expect(await only('task', 'run')).toEqual(of('task', 'run'));
      expect(await only(...categories)).toEqual(streams);
      expect(await only()).toEqual([]);
    });

    it('loses and doubles nothing when many write at once', async () => {
      const streams = Array.from({ length: 300 }, (_, index) => newStream(index % 3 === 0 ? 'task' : 'run'));
      await Promise.all(streams.map((stream) => log.append([adding(stream, 0, 'a', 'b', 'c')])));
      const all = (await readPages(log, 100, 900)).flat();
      expect(new Set(placesOf(all)).size).toBe(all.length);
      expect(all).toHaveLength(900);
      for (const stream of streams)
        expect(all.filter((event) => event.stream === stream).map(({ version }) => version)).toEqual([1, 2, 3]);
    });
  });
}

/**
 * Everything, once at least `count` events can be read: transactions of others in the same server, which have nothing to do with this
 * log, may hold readers up for a moment.
 */
async function readPages(log: EventLog, limit: number, count: number): Promise<RecordedEvent[][]> {
  return vi.waitFor(
    async () => {
      const pages = await readToEnd(log, limit);
      expect(pages.flat().length).toBeGreaterThanOrEqual(count);
      return pages;
    },
    { timeout: 5_000, interval: 10 },
  );
}

async function readToEnd(log: EventLog, limit: number): Promise<RecordedEvent[][]> {
  const pages: RecordedEvent[][] = [];
  for (let after = BEGINNING; ;) {
    const page = await log.readAll({ after, limit });
    if (page.length === 0) return pages;
    pages.push(page);
    after = page.at(-1)!.cursor;
  }
}
