/** Reads `Prefer: wait=N` (RFC 7240): how long a caller will wait for a run to finish. */
import { type FastifyRequest } from 'fastify';
import { refuse, type Refused } from '#contracts';

export const LONGEST_WAIT_S = 60;

/** Milliseconds; 0 when the caller does not wait. A longer wait than 60 s is cut to it. */
export function preferredWaitMs({ headers }: Pick<FastifyRequest, 'headers'>): number | Refused {
  const preferences = [headers['prefer'] ?? []].flat().join(',');
  const wait = /(?:^|[,;])\s*wait\s*=\s*"?([^",;\s]*)/i.exec(preferences)?.[1];
  if (wait === undefined) return 0;
  const seconds = /^\d{1,9}(\.\d{1,3})?$/.test(wait) ? Number(wait) : undefined;
  if (seconds === undefined)
    return refuse(
      'request.invalid',
      `The header Prefer asks to wait ${JSON.stringify(wait)}, which is not a number of seconds.`,
      {
        hint: 'Send for example "Prefer: wait=20".',
        details: { in: 'headers', field: '/prefer' },
      },
    );
  return Math.min(seconds, LONGEST_WAIT_S) * 1_000;
}
