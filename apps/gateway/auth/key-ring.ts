/** All API keys in memory, kept as new as the log, so that a request is authenticated without asking anybody. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isRefused, type KeyEvent, type KeyId, refuse, type Refused, type Scope, streamOf } from '#contracts';
import { type AppendHints, type EventLog, type LogHorizon, LogUnavailable, type RecordedEvent } from '#event-store';
import { type Startable } from '#lifecycle';
import { type Logger } from '#observability';
import { LogFollower } from '../following/log-follower.js';
import { type Caller } from './caller.js';

interface Key {
  readonly caller: Caller;
  /** sha256 of the whole key. */
  readonly hash: Buffer;
  readonly revoked: boolean;
}

/** Looked up in the log at once at most; whoever guesses keys faster than that waits for the others. */
const MAX_LOOKUPS = 16;
const MOST_HASHES = 1_000;
const shape = /^tsk_([0-9A-Za-z]{12})_[0-9A-Za-z]{27,200}$/;

export class KeyRing implements Startable {
  private readonly keys = new Map<string, Key>();
  private readonly follower: LogFollower;
  /** Of keys that were right before, so that their next request need not be hashed. */
  private readonly hashes = new Map<string, Buffer>();
  private lookups = 0;

  constructor(
    private readonly options: {
      log: Pick<EventLog, 'readAll' | 'readStream'> & LogHorizon;
      hints: Pick<AppendHints, 'onAppended'>;
      logger: Pick<Logger, 'error'>;
    },
  ) {
    const apply = (events: readonly RecordedEvent[]) => events.forEach((recorded) => this.apply(recorded));
    this.follower = new LogFollower({ ...options, name: 'key-ring', categories: ['key'], apply });
  }

  start(): Promise<void> {
    return this.follower.start();
  }

  stop(): Promise<void> {
    return this.follower.stop();
  }

  /** @param token the whole key, `tsk_<id>_<secret>`; undefined when the request carries none. */
  async authenticate(token: string | undefined): Promise<Caller | Refused> {
    if (!token) return missing();
    const id = shape.exec(token)?.[1];
    if (!id) return invalid('It is not of the form tsk_<id>_<secret>.');
    const key = this.keys.get(id) ?? (await this.lookUp(id as KeyId));
    if (isRefused(key)) return key;
    const hash = this.hashes.get(token) ?? createHash('sha256').update(token).digest();
    // Compared also for an unknown id, so that the time taken does not tell which ids exist.
    const matches = timingSafeEqual(hash, key?.hash ?? Buffer.alloc(hash.length));
    if (!key || !matches) return invalid('It may have been mistyped.');
    if (key.revoked) return invalid('It has been revoked.');
    if (this.hashes.size < MOST_HASHES) this.hashes.set(token, hash);
    return key.caller;
  }

  /** A key that was made a moment ago may not have been read yet: its own stream tells at once. */
  private async lookUp(id: KeyId): Promise<Key | undefined | Refused> {
    if (this.lookups >= MAX_LOOKUPS)
      return refuse('rate.limited', 'Too many unknown API keys are being tried.', { hint: 'Try again in a second.' });
    this.lookups += 1;
    try {
      for (const recorded of await this.options.log.readStream(streamOf('key', id))) this.apply(recorded);
      return this.keys.size === 0 ? noneYet() : this.keys.get(id);
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      return refuse('service.unavailable', 'The API key cannot be checked now: the log cannot be read.', {
        hint: 'Try again in a few seconds.',
      });
    } finally {
      this.lookups -= 1;
    }
  }

  /** Applying an event twice changes nothing. */
  private apply({ event }: RecordedEvent): void {
    const fact = event as KeyEvent;
    const known = this.keys.get(fact.keyId);
    switch (fact.type) {
      case 'KeyCreated':
        this.keys.set(fact.keyId, known ?? keyOf(fact));
        return;
      case 'KeyRevoked':
        if (known) this.keys.set(fact.keyId, { ...known, revoked: true });
        return;
    }
  }
}

function keyOf({ keyId, name, scope, hash }: { keyId: KeyId; name: string; scope: Scope; hash: string }): Key {
  return { caller: { keyId, name, scope, actor: `key:${keyId}` }, hash: Buffer.from(hash, 'hex'), revoked: false };
}

/** Nobody can tell a good key from a bad one then, and whoever set this platform up has a good one. */
const noneYet = () =>
  refuse('service.unavailable', 'The platform has no API key yet: its registry makes the first one when it starts.', {
    hint: 'Try again in a few seconds; if this goes on, look into the log of the registry.',
  });

const missing = () =>
  refuse('auth.missing', 'The request carries no API key.', {
    hint: 'Send the header "Authorization: Bearer tsk_..." (or "X-API-Key: tsk_...").',
  });

const invalid = (why: string) =>
  refuse('auth.invalid', `The API key is not valid. ${why}`, {
    hint: 'Check the key, or ask an administrator for a new one.',
  });
