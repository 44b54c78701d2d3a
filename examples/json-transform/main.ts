/** One task: makes another JSON document out of one, by a small spec. */
import { log, progress, task, TaskError } from 'tasksmith';
import { type Condition, fits, isRecord, type Json, memberAt, order, picked } from './members';

interface Arguments {
  document: Json;
  from?: string;
  where?: Condition[];
  pick?: Record<string, string> | string[];
  sortBy?: string;
}

const PAGE = 1_000;

export const jsonTransform = task(
  {
    name: 'json_transform',
    description:
      'Picks, renames, filters and sorts members of a JSON document. Works on one object or on a list of them.',
    parameters: {
      type: 'object',
      properties: {
        document: { description: 'The document, as JSON.' },
        from: {
          type: 'string',
          description: 'Where in the document the records are, e.g. "data.orders". Default: the document itself.',
        },
        where: {
          type: 'array',
          description: 'Keep the records that fit all of these.',
          items: {
            type: 'object',
            properties: {
              member: { type: 'string' },
              is: { enum: ['=', '!=', '<', '<=', '>', '>=', 'contains', 'present'] },
              value: {},
            },
            required: ['member', 'is'],
            additionalProperties: false,
          },
        },
        pick: {
          description:
            'New name -> place, e.g. {"who": "customer.name"}; or a list of places that keep their names. Default: everything.',
          oneOf: [
            { type: 'object', additionalProperties: { type: 'string' } },
            { type: 'array', items: { type: 'string' } },
          ],
        },
        sortBy: { type: 'string', description: 'A member of the result; "-total" puts the highest first.' },
      },
      required: ['document'],
      additionalProperties: false,
    },
    result: { description: 'A list of records, or one record when the document holds one.' },
  },
  async ({ document, from, where = [], pick, sortBy }: Arguments, { signal }) => {
    const source = from === undefined ? document : memberAt(document, from);
    if (source === undefined) throw new TaskError(`there is nothing at "${from}"`, { retryable: false });

    const records = Array.isArray(source) ? source : [source];
    const kept: Json[] = [];
    for (const [index, record] of records.entries()) {
      if (where.every((condition) => fits(record, condition)))
        kept.push(pick === undefined ? record : picked(record, pick));
      if (index % PAGE === PAGE - 1) await pause(signal, index / records.length);
    }
    if (sortBy !== undefined) kept.sort(order(sortBy));

    log('transformed', { read: records.length, kept: kept.length });
    return Array.isArray(source) || !isRecord(source) ? kept : (kept[0] ?? null);
  },
);

/** Lets a cancel or the soft time limit through: a loop that never waits would not hear of them. */
async function pause(signal: AbortSignal, fraction: number): Promise<void> {
  progress(fraction);
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
