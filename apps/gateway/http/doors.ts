/**
 * Which sites may reach the gateway. A browser that was lured to `evil.example` resolving to this address still sends that name as Host,
 * and the page it came from as Origin.
 */
import { type Problem, problem } from './problem.js';

export interface DoorOptions {
  /** Host names, with or without a port, beside the local ones. */
  allowedHosts: readonly string[];
  /** Origins such as `https://console.example`, beside the local ones. */
  allowedOrigins: readonly string[];
  publicUrl?: string | undefined;
}

const localNames = new Set(['localhost', '127.0.0.1', '[::1]']);

export class Doors {
  private readonly hosts: ReadonlySet<string>;
  private readonly origins: ReadonlySet<string>;

  constructor({ allowedHosts, allowedOrigins, publicUrl }: DoorOptions) {
    const publicSite = publicUrl === undefined ? undefined : new URL(publicUrl);
    const hosts = [...allowedHosts, ...(publicSite ? [publicSite.host] : [])];
    const origins = [
      ...allowedOrigins.map((origin) => origin.replace(/\/$/, '')),
      ...(publicSite ? [publicSite.origin] : []),
    ];
    this.hosts = new Set(hosts.map((host) => host.toLowerCase()));
    this.origins = new Set(origins.map((origin) => origin.toLowerCase()));
  }

  /** Undefined when the request may come in. */
  check(headers: { host?: string | undefined; origin?: string | undefined }): Problem | undefined {
    if (!this.admitsHost(headers.host))
      return problem('host.refused', `The Host ${JSON.stringify(headers.host ?? '')} is not one of this gateway.`, {
        hint: 'Call it as localhost, or add the name to TASKSMITH_ALLOWED_HOSTS.',
      });
    if (headers.origin !== undefined && !this.admitsOrigin(headers.origin))
      return problem('origin.refused', `Pages of ${JSON.stringify(headers.origin)} may not call this gateway.`, {
        hint: 'Add the origin to TASKSMITH_ALLOWED_ORIGINS.',
      });
    return undefined;
  }

  private admitsHost(host: string | undefined): boolean {
    if (!host) return false;
    const whole = host.toLowerCase();
    const name = whole.replace(/:\d+$/, '');
    return localNames.has(name) || this.hosts.has(whole) || this.hosts.has(name);
  }

  private admitsOrigin(origin: string): boolean {
    if (this.origins.has(origin.toLowerCase())) return true;
    if (!URL.canParse(origin)) return false;
    const { protocol, hostname } = new URL(origin);
    return (protocol === 'http:' || protocol === 'https:') && localNames.has(hostname);
  }
}
