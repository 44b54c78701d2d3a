import { expect, it } from 'vitest';
import { type Lane } from '#contracts';
import { type FunctionCall, type QueueConnection } from './connection.js';
import { QueueClient } from './queue-client.js';

it('acknowledges entries only with the last of the jobs that they ended', async () => {
  const calls: FunctionCall[] = [];
  const connection = { call: async (call: FunctionCall) => void calls.push(call) } as unknown as QueueConnection;
  const endedJobIds = Array.from({ length: 2_500 }, (_, n) => `job-${n}`);
  await new QueueClient(connection, 'ts').acknowledge('main' as Lane, { entryIds: ['1-0', '2-0'], endedJobIds });
  const entries = calls.map(({ args }) => args.slice(2, 2 + Number(args[1])));
  const jobs = calls.flatMap(({ args }) => args.slice(2 + Number(args[1])));
  expect(entries).toEqual([[], [], ['1-0', '2-0']]);
  expect(jobs).toEqual(endedJobIds);
});
