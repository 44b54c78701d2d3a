import { describe, expect, it } from 'vitest';
import { type EventView } from '#contracts';
import { type RecordedEvent } from '#event-store';
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
  const published: EventView[] = [];
  const stream = { publish: async (events: readonly EventView[]) => void published.push(...events) };
  await new JetStreamPublisher(stream, () => 10_000).publish([recorded(reason)]);
  return published[0]!;
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
