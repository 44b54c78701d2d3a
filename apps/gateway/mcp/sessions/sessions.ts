/**
 * All sessions of this gateway: found by id and key, bounded in number, closed when idle or when their key is revoked, told of changes.
 * A session lives in one process: another gateway answers 404, upon which a client opens a new one.
 */
import { refuse, type Refused } from '#contracts';
import { type Catalogue } from '../../catalogue/index.js';
import { type Logger } from '#observability';
import { Session, type SessionOptions } from './session.js';

export interface SessionLimits {
  maxSessions: number;
  maxSessionsPerKey: number;
  idleMs: number;
  sweepMs: number;
}

export const sessionLimits: SessionLimits = {
  maxSessions: 2_000,
  maxSessionsPerKey: 200,
  idleMs: 30 * 60_000,
  sweepMs: 60_000,
};

/** Many changes at once, such as all tasks of a deployment, are told once. */
const DEBOUNCE_MS = 100;

export class Sessions {
  private readonly sessions = new Map<string, Session>();
  private readonly stopListening: () => void;
  private readonly sweeper: NodeJS.Timeout;
  private telling: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: {
      catalogue: Pick<Catalogue, 'onChange'>;
      logger: Pick<Logger, 'debug'>;
      limits: SessionLimits;
    },
  ) {
    this.stopListening = options.catalogue.onChange(() => this.tellSoon());
    this.sweeper = setInterval(() => void this.sweep(), options.limits.sweepMs).unref();
  }

  /** A session of another key is no session: whoever found its id out must not learn that it exists. */
  find(id: string, keyId: string): Session | undefined {
    const session = this.sessions.get(id);
    return session?.keyId === keyId ? session : undefined;
  }

  /** Ready to answer the hello; it counts from then on. */
  async create(options: Omit<SessionOptions, 'onOpen' | 'onClose'>): Promise<Session | Refused> {
    const room = await this.makeRoom(options.caller.keyId);
    if (!room)
      return refuse('rate.limited', 'There are as many MCP sessions as this gateway keeps.', {
        hint: 'End sessions that are no longer needed (DELETE /mcp), or try again later.',
      });
    const session = new Session({
      ...options,
      onOpen: (opened) => {
        this.sessions.set(opened.id, opened);
        opened.noteTools();
      },
      onClose: (closed) => void this.sessions.delete(closed.id),
    });
    await session.connect();
    return session;
  }

  get size(): number {
    return this.sessions.size;
  }

  async close(): Promise<void> {
    this.stopListening();
    clearInterval(this.sweeper);
    clearTimeout(this.telling);
    await Promise.all([...this.sessions.values()].map((session) => session.close()));
  }

  /** Clients often leave without a goodbye: the one that was idle longest makes room, first among those of the same key. */
  private async makeRoom(keyId: string): Promise<boolean> {
    const { maxSessions, maxSessionsPerKey } = this.options.limits;
    const all = [...this.sessions.values()];
    const own = all.filter((session) => session.keyId === keyId);
    if (own.length >= maxSessionsPerKey) return closeIdlest(own);
    return all.length < maxSessions || closeIdlest(own.length > 0 ? own : all);
  }

  private async sweep(): Promise<void> {
    for (const session of [...this.sessions.values()]) {
      const isDone = session.idleMs > this.options.limits.idleMs || !(await session.isStillAllowed().catch(() => true));
      if (isDone) await session.close();
    }
  }

  private tellSoon(): void {
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      for (const session of this.sessions.values())
        session
          .tellChanges()
          .catch((error: unknown) => this.options.logger.debug({ err: error }, 'a change of tools was not told'));
    }, DEBOUNCE_MS).unref();
  }
}

async function closeIdlest(sessions: readonly Session[]): Promise<boolean> {
  const [idlest] = [...sessions].sort((a, b) => b.idleMs - a.idleMs);
  if (!idlest || idlest.idleMs === 0) return false;
  await idlest.close();
  return true;
}
