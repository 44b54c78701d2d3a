import { describe, expect, it } from 'vitest';
import { eventViewText, toEventView } from './event-view.js';
import { type RecordedEvent } from './log.js';

const recorded: RecordedEvent = {
  category: 'key',
  stream: 'key-abcdefghijkl',
  version: 1,
  event: { type: 'KeyCreated', at: 1_760_000_000_000, name: 'ci', hash: 'c0ffee' } as RecordedEvent['event'],
  meta: { actor: 'key:admin' },
  cursor: { tx: '7', position: '9' },
};

describe('toEventView', () => {
  it('shows who did what, when, and where it stands in the log', () => {
    expect(toEventView(recorded)).toMatchObject({
      cursor: '7.9',
      type: 'KeyCreated',
      actor: 'key:admin',
      data: { name: 'ci' },
    });
  });

  it('keeps the hash of a key inside the house', () => {
    expect(JSON.stringify(toEventView(recorded))).not.toContain('c0ffee');
  });
});

describe('eventViewText', () => {
  const textOf = ({ event, meta, ...place }: RecordedEvent) =>
    eventViewText({ ...place, type: event.type, event: JSON.stringify(event), meta: JSON.stringify(meta) });
  const odd = { type: 'Noted', at: 5, text: '"} {"at":7,"type":"x" \\ \u2028', deep: { at: 1, type: 'y' } };
  const cases: [string, Partial<RecordedEvent>][] = [
    ['a usual event', { event: odd }],
    ['an event that says nothing', { event: { type: 'Noted', at: 5 } }],
    ['an event whose members stand in another order', { event: { text: 'a', at: 5, type: 'Noted' } as never }],
    ['an actor with odd letters', { event: odd, meta: { actor: 'key:"\\' } }],
    ['an event that is traced', { event: odd, meta: { actor: 'key:a', traceparent: '00-1-2-01' } }],
    ['an event with a private member', {}],
  ];
  it.each(cases)('is the same view for %s', (_, members) => {
    const one = { ...recorded, ...members };
    expect(JSON.parse(textOf(one))).toEqual(toEventView(one));
  });
});
