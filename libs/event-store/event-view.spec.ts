import { describe, expect, it } from 'vitest';
import { toEventView } from './event-view.js';
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
