import { expect, it } from 'vitest';
import { OUTBOX_BYTES, SHARED_BYTES } from './messages.js';
import { OutboxReader, OutboxWriter } from './outbox.js';

function outbox() {
  const counts = new Int32Array(new SharedArrayBuffer(SHARED_BYTES));
  const memory = new SharedArrayBuffer(OUTBOX_BYTES);
  return { writer: new OutboxWriter(memory, counts), reader: new OutboxReader(memory, counts) };
}

it('the outbox gives each outcome once, in order', () => {
  const { writer, reader } = outbox();
  writer.add('{"result":"naïve 🚀"}');
  writer.add('{"n":2}');
  expect(reader.take()).toEqual(['{"result":"naïve 🚀"}', '{"n":2}']);
  expect(reader.take()).toEqual([]);
  writer.add('{"n":3}');
  expect(reader.take()).toEqual(['{"n":3}']);
});

it('the outbox takes nothing more of a batch once it was full', () => {
  const { writer, reader } = outbox();
  expect([writer.add('1'), writer.add('x'.repeat(OUTBOX_BYTES)), writer.add('2')]).toEqual([true, false, false]);
  expect(reader.take()).toEqual(['1']);
  reader.reset();
  writer.reset();
  expect(writer.add('2')).toBe(true);
  expect(reader.take()).toEqual(['2']);
});
