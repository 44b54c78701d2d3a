import { describe, expect, it } from 'vitest';
import { type EventView } from '#contracts';
import { type EventText } from '#event-store';
import { messagesOf } from './messages.js';

const LIMIT = 1_000_000;

/** Written as `<tx>:<stream>:<type>`, in the order of the log. */
function log(...events: string[]): EventText[] {
  const versions = new Map<string, number>();
  return events.map((text, index) => {
    const [tx, stream, type] = text.split(':');
    const version = (versions.get(stream!) ?? 0) + 1;
    versions.set(stream!, version);
    const cursor = { tx, position: String(index) };
    return {
      category: 'run',
      stream,
      version,
      type,
      event: JSON.stringify({ type, at: 5 }),
      meta: '{"actor":"key:a"}',
      cursor,
    } as EventText;
  });
}

const cut = (events: readonly EventText[]) => messagesOf(events, LIMIT);
const viewsIn = ({ data }: { data: string }) => JSON.parse(data) as EventView[];
const brief = (events: readonly EventText[]) =>
  cut(events).map(
    (message) =>
      `${message.type} ${viewsIn(message)
        .map(({ stream, version }) => `${stream}${version}`)
        .join(' ')}`,
  );

describe('messages for the world outside', () => {
  it('hold the events of one commit and one type as everybody outside gets them', () => {
    const type = 'TaskDeprecated';
    const event = JSON.stringify({ type, at: 5, reason: 'old', by: 'key:a' });
    const cursor = { tx: '7', position: '9' };
    const place = { category: 'task', stream: 'task-add', version: 3, cursor } as const;
    const [message] = cut([{ ...place, type, event, meta: '{"actor":"key:a"}' }]);
    expect(message).toMatchObject({ category: 'task', type: 'TaskDeprecated', id: 'task-add:3' });
    expect(viewsIn(message!)).toEqual([
      {
        cursor: '7.9',
        stream: 'task-add',
        version: 3,
        category: 'task',
        type: 'TaskDeprecated',
        at: 5,
        actor: 'key:a',
        data: { reason: 'old', by: 'key:a' },
      },
    ]);
  });

  it('gather what was committed together, by type', () => {
    expect(brief(log('1:a:Start', '1:a:End', '1:b:Start', '1:b:End', '2:c:Start'))).toEqual([
      'Start a1 b1',
      'End a2 b2',
      'Start c1',
    ]);
  });

  it('keep the order of every stream', () => {
    expect(brief(log('1:a:Log', '1:b:Start', '1:a:Start', '1:a:Log', '1:b:Log'))).toEqual([
      'Log a1',
      'Start b1 a2',
      'Log a3 b2',
    ]);
  });

  it('are the same when the same commits come again in other company', () => {
    const events = log('1:a:Start', '1:b:Start', '2:a:End', '2:b:End', '2:c:Start', '3:c:End');
    const ids = cut(events).map(({ id }) => id);
    expect([...cut(events.slice(0, 2)), ...cut(events.slice(2))].map(({ id }) => id)).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are closed before they become too large', () => {
    const large = log('1:a:Start', '1:b:Start', '1:c:Start').map((recorded, n) => ({
      ...recorded,
      event: JSON.stringify({ type: 'Start', at: 5, text: 'x'.repeat([60_000, 60_000, 300_000][n]!) }),
    }));
    expect(brief(large)).toEqual(['Start a1 b1', 'Start c1']);
    expect(cut(large).every(({ data }) => data.length < LIMIT)).toBe(true);
  });

  it('hold an event without its data when the server would not take it', () => {
    const [one] = log('1:a:Start');
    const huge = { ...one!, event: JSON.stringify({ type: 'Start', at: 5, text: 'x'.repeat(LIMIT) }) };
    expect(viewsIn(cut([huge])[0]!)).toMatchObject([{ stream: 'a', version: 1, data: { omitted: 'too-large' } }]);
  });
});
