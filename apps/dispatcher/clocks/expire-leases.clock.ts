/** Ends overdue leases in every lane; the outcome streams tell which jobs were lost. */
import { ServiceLoop, type Startable } from '#lifecycle';
import { type QueueClient } from '#queue';

export interface ExpireLeasesParts {
  queue: QueueClient;
  intervalMs: number;
  onError(error: unknown, name: string): void;
}

export class ExpireLeasesClock implements Startable {
  private readonly loop: ServiceLoop;

  constructor(private readonly parts: ExpireLeasesParts) {
    this.loop = new ServiceLoop({
      name: 'expire-leases',
      intervalMs: parts.intervalMs,
      step: () => this.step(),
      onError: parts.onError,
    });
  }

  start(): Promise<void> {
    return this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async step(): Promise<void> {
    const lanes = await this.parts.queue.lanes();
    await Promise.all(lanes.map((lane) => this.parts.queue.expire(lane)));
  }
}
