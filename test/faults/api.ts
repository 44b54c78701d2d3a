/** What a patient application does: it sends again, with the same keys, until it has an answer. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Api {
  /** Answers once the gateway did; 5xx and broken connections are tried again for a minute. */
  post(path: string, body: unknown): Promise<unknown>;
  get(path: string): Promise<unknown>;
  /** How often something had to be sent again. */
  readonly retries: number;
}

const PATIENCE_MS = 60_000;

export function createApi(baseUrl: string, apiKey: string): Api {
  let retries = 0;
  return {
    post: (path, body) => ask('POST', path, body),
    get: (path) => ask('GET', path),
    get retries() {
      return retries;
    },
  };

  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await tryOnce(method, path, body);
      if (answer !== 'again') return answer;
      if (performance.now() > deadline) throw new Error(`${method} ${path} had no answer within ${PATIENCE_MS} ms`);
      retries += 1;
      await pause(100);
    }
  }

  async function tryOnce(method: string, path: string, body: unknown): Promise<unknown> {
    try {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(20_000),
      });
      if (response.status >= 500) return 'again';
      const answer: unknown = await response.json();
      if (!response.ok) throw new Refusal(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
      return answer;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      return 'again';
    }
  }
}

class Refusal extends Error {}
