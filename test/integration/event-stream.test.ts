/** The stream through which events leave the house, with a real NATS server. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#lifecycle';
import { connectNats, EventStream, eventStreamName, type NatsConnection, type OutgoingMessage } from '#messaging';

const MAX_BYTES = 10_000_000;

let nats: NatsConnection;
let namespace: string;
let stream: EventStream;

beforeEach(async () => {
  nats = await connectNats({ url: process.env['NATS_URL']!, name: 'event-stream-test' });
  namespace = `e${newId().slice(-10)}`;
  stream = new EventStream(nats, namespace, MAX_BYTES);
});

afterEach(async () => {
  const manager = await nats.jetstreamManager();
  await manager.streams.delete(eventStreamName(namespace));
  await nats.close();
});

function events(from: number, to: number): OutgoingMessage[] {
  return Array.from({ length: to - from }, (_, n) => {
    const id = `run-a:${from + n}`;
    return { category: 'run', type: 'RunAccepted', id, data: JSON.stringify({ id }) };
  });
}

async function kept(): Promise<string[]> {
  const manager = await nats.jetstreamManager();
  const { state } = await manager.streams.info(eventStreamName(namespace));
  const sequences = Array.from({ length: state.messages }, (_, n) => state.first_seq + n);
  const messages = await Promise.all(
    sequences.map((seq) => manager.streams.getMessage(eventStreamName(namespace), { seq })),
  );
  return messages.map(({ data }) => (JSON.parse(new TextDecoder().decode(data)) as { id: string }).id);
}

const ids = (all: readonly OutgoingMessage[]): string[] => all.map(({ id }) => id);

describe('the event stream', () => {
  it('holds every event once it says so, in order', async () => {
    await stream.publish(events(0, 3));
    await stream.publish(events(3, 500));
    await stream.publish(events(500, 501));
    expect(await kept()).toEqual(ids(events(0, 501)));
  });

  it('keeps one of each when batches come again, whole or in part', async () => {
    await stream.publish(events(0, 10));
    await stream.publish(events(10, 20));
    await stream.publish(events(10, 20));
    await stream.publish(events(15, 30));
    await new EventStream(nats, namespace, MAX_BYTES).publish(events(25, 40));
    await stream.publish(events(40, 45));
    expect(await kept()).toEqual(ids(events(0, 45)));
  });

  it('is made again when somebody deleted it', async () => {
    await stream.publish(events(0, 10));
    await (await nats.jetstreamManager()).streams.delete(eventStreamName(namespace));
    await expect(stream.publish(events(10, 20))).rejects.toThrow();
    await stream.publish(events(10, 20));
    expect(await kept()).toEqual(ids(events(10, 20)));
  });

  it('loses its oldest above the size that was last set', async () => {
    await stream.publish(events(0, 500));
    await new EventStream(nats, namespace, 2 * MAX_BYTES).publish(events(500, 501));
    expect(await kept()).toEqual(ids(events(0, 501)));
    await new EventStream(nats, namespace, 1_000).publish(events(501, 502));
    const left = await kept();
    expect(left.length).toBeLessThan(20);
    expect(left.at(-1)).toBe('run-a:501');
  });
});
