/** The gateway: whether it answers, whether the key opens it, whether all behind it is well, whether the clocks agree. */
import { createClient } from '#client';
import { bad, type Check, note, ok } from './check.js';

const DEADLINE_MS = 5_000;
const MOST_SKEW_MS = 5_000;

export const reachable: Check = {
  name: 'Gateway',
  async look({ url }) {
    if (!url) return note('none runs here, and TASKSMITH_URL is not set', 'tasksmith up');
    try {
      const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(DEADLINE_MS) });
      const skewMs = Math.abs(Date.parse(response.headers.get('date') ?? '') - Date.now());
      if (skewMs > MOST_SKEW_MS)
        return note(
          `${url} answers, but its clock is ${Math.round(skewMs / 1_000)} s off`,
          'Let both machines keep time by NTP.',
        );
      return response.ok
        ? ok(`${url} answers`)
        : bad(`${url} answers ${response.status}`, 'See its log, or "tasksmith status".');
    } catch (error) {
      return bad(`${url} does not answer: ${(error as Error).message}`, 'tasksmith up, or check TASKSMITH_URL.');
    }
  },
};

export const key: Check = {
  name: 'API key',
  async look({ url, apiKey }) {
    if (!url) return note('not looked at: there is no gateway', 'tasksmith up');
    if (!apiKey) return bad('none is set', 'Set TASKSMITH_API_KEY, or make one: tasksmith keys create <name>.');
    const client = createClient({ baseUrl: url, apiKey });
    try {
      const { data, response } = await client.GET('/api/v1/system', { signal: AbortSignal.timeout(DEADLINE_MS) });
      if (response.status === 401)
        return bad('the gateway does not know it', 'Check TASKSMITH_API_KEY, or make a new one.');
      if (!data) return bad(`the gateway answers ${response.status}`, 'tasksmith status');
      const down = Object.entries({ ...data.services, ...data.servers }).filter(([, { ok: isUp }]) => !isUp);
      if (down.length === 0) return ok('valid, and all parts of the platform answer');
      return bad(`valid, but ${down.map(([part]) => part).join(', ')} do not answer`, 'tasksmith status tells why.');
    } catch (error) {
      return bad((error as Error).message, 'tasksmith status');
    }
  },
};
