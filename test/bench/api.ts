/** The few requests that the benchmark makes, over connections that stay open. */
import { Agent, request } from 'node:http';

export interface Answer {
  status: number;
  body: unknown;
}

export class BenchApi {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 200 });

  constructor(
    private readonly baseUrl: string,
    private readonly apiKey: string,
  ) {}

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, JSON.stringify(body), headers);
  }

  close(): void {
    this.agent.destroy();
  }

  private send(method: string, path: string, body?: string, more: Record<string, string> = {}): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${this.apiKey}`,
      ...(body && { 'content-type': 'application/json' }),
      ...more,
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.baseUrl}${path}`, { method, agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
