/** The platform itself: whether its parts answer, and which version this is. */
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { isRefused, ListRuns, ListSchedules, ListTasks, ListDeployments, type Request } from '#contracts';
import { type Requester } from '#messaging';
import { type HealthCheck, reportHealth } from '#observability';
import { productVersion } from '../product-version.js';
import { Handles } from './handles.js';
import { route } from './route.js';
import { HEALTH_CHECKS, REQUESTER } from './tokens.js';

const Part = z.object({ ok: z.boolean(), detail: z.string(), ms: z.number().nullable() });

export const getSystem = route({
  method: 'GET',
  path: '/system',
  action: 'read',
  summary: 'Whether each part of the platform answers, and its version',
  output: z.object({
    status: z.enum(['ok', 'degraded']),
    version: z.string(),
    node: z.string(),
    services: z.record(z.string(), Part),
    servers: z.record(z.string(), Part),
  }),
});

/** A cheap question to each service. */
const questions = [ListTasks, ListDeployments, ListRuns, ListSchedules] as const satisfies readonly Request[];
const DEADLINE_MS = 2_000;

@Controller()
export class SystemController {
  constructor(
    @Inject(REQUESTER) private readonly requester: Requester,
    @Inject(HEALTH_CHECKS) private readonly checks: readonly HealthCheck[],
  ) {}

  @Handles(getSystem)
  async get() {
    const [services, report] = await Promise.all([this.askServices(), reportHealth(this.checks)]);
    const servers = Object.fromEntries(
      Object.entries(report.checks).map(([name, check]) => [name, { ...check, ms: null }]),
    );
    const allOk = [...Object.values(services), ...Object.values(servers)].every(({ ok }) => ok);
    const status = allOk ? ('ok' as const) : ('degraded' as const);
    return { status, version: productVersion(), node: process.version, services, servers };
  }

  private async askServices(): Promise<Record<string, z.infer<typeof Part>>> {
    const answers = await Promise.all(
      questions.map(async (question) => [question.service, await this.ask(question)] as const),
    );
    return Object.fromEntries([['gateway', { ok: true, detail: 'ok', ms: 0 }], ...answers]);
  }

  private async ask(question: (typeof questions)[number]): Promise<z.infer<typeof Part>> {
    const began = performance.now();
    try {
      const answer = await this.requester.request<Request>(question, { limit: 1 }, { deadlineMs: DEADLINE_MS });
      const ms = Math.round((performance.now() - began) * 10) / 10;
      return isRefused(answer) ? { ok: false, detail: answer.refusal.message, ms } : { ok: true, detail: 'ok', ms };
    } catch {
      return { ok: false, detail: 'it met a bug; see its log', ms: null };
    }
  }
}
