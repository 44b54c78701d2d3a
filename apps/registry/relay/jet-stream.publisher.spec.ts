import { describe, expect, it } from 'vitest';
import { type EventView } from '#contracts';
import { type RecordedEvent } from '#event-store';
import { type OutgoingEvent } from '#messaging';
import { JetStreamPublisher } from './jet-stream.publisher.js';

const recorded = (reason: string): RecordedEvent =>
  ({
    category: 'task',
    stream: 'task-add',
    version: 3,
    event: { type: 'TaskDeprecated', at: 5, reason, by: 'key:a' },
    meta: { actor: 'key:a' },
    cursor: { tx: '7', position: '9' },
  }) as RecordedEvent;

async function publish(reason: string): Promise<EventView> {
  const published: OutgoingEvent[] = [];
  const stream = { publish: async (events: readonly OutgoingEvent[]) => void published.push(...events) };
  await new JetStreamPublisher(stream, () => 10_000).publish([recorded(reason)]);
  expect(published[0]).toMatchObject({ category: 'task', type: 'TaskDeprecated', id: 'task-add:3' });
  return JSON.parse(published[0]!.data) as EventView;
}

describe('an event on its way out', () => {
  it('is the view that everybody outside gets', async () => {
    expect(await publish('old')).toEqual({
      cursor: '7.9',
      stream: 'task-add',
      version: 3,
      category: 'task',
      type: 'TaskDeprecated',
      at: 5,
      actor: 'key:a',
      data: { reason: 'old', by: 'key:a' },
    });
  });

  it('leaves its data behind when the server would not take it', async () => {
    const view = await publish('x'.repeat(9_000));
    expect(view).toMatchObject({ stream: 'task-add', version: 3, data: { omitted: 'too-large' } });
  });
});
