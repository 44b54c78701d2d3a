/** Answers /health/live and /health/ready of one service over plain HTTP. */
import { createServer, type Server } from 'node:http';

export interface HealthCheck {
  name: string;
  /** Resolves when all is well; rejects with the reason otherwise. */
  check(): Promise<void>;
}

export interface HealthReport {
  status: 'ok' | 'unavailable';
  checks: Record<string, { ok: boolean; detail: string }>;
}

const CHECK_DEADLINE_MS = 2_000;

export async function reportHealth(checks: readonly HealthCheck[]): Promise<HealthReport> {
  const entries = await Promise.all(checks.map(async (check) => [check.name, await outcomeOf(check)] as const));
  return { status: entries.every(([, { ok }]) => ok) ? 'ok' : 'unavailable', checks: Object.fromEntries(entries) };
}

async function outcomeOf({ name, check }: HealthCheck): Promise<{ ok: boolean; detail: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${name} did not answer within ${CHECK_DEADLINE_MS} ms`)),
      CHECK_DEADLINE_MS,
    );
  });
  try {
    await Promise.race([check(), late]);
    return { ok: true, detail: 'ok' };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

export class HealthServer {
  private server: Server | undefined;
  constructor(
    private readonly address: { host: string; port: number },
    private readonly checks: readonly HealthCheck[],
  ) {}

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      void this.answer(request.url ?? '').then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.address.port, this.address.host, resolve);
    });
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private async answer(url: string): Promise<{ status: number; body: unknown }> {
    if (url === '/health/live') return { status: 200, body: { status: 'ok' } };
    if (url !== '/health/ready')
      return { status: 404, body: { status: 'unknown', hint: 'Ask /health/live or /health/ready.' } };
    const report = await reportHealth(this.checks);
    return { status: report.status === 'ok' ? 200 : 503, body: report };
  }
}
