import { describe, expect, it } from 'vitest';
import { eventsOf } from './sse.js';

async function read(...chunks: string[]) {
  const events = [];
  async function* bytes() {
    for (const chunk of chunks) yield new TextEncoder().encode(chunk);
  }
  for await (const event of eventsOf(bytes())) events.push(event);
  return events;
}

describe('eventsOf', () => {
  it('puts together what arrives in pieces', async () => {
    expect(await read('id: 1.2\nevent: RunSt', 'arted\ndata: {"a"', ':1}\n', '\nid: 1.3\n: heartbeat\n\n')).toEqual([
      { id: '1.2', event: 'RunStarted', data: '{"a":1}' },
      { id: '1.3', event: '', data: '' },
    ]);
  });

  it('joins lines of data and leaves out an event that was cut off', async () => {
    expect(await read('data: a\ndata: b\n\ndata: never')).toEqual([{ id: '', event: '', data: 'a\nb' }]);
  });
});
