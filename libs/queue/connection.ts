/** Connections to the Redis of the queue, with the function library in place. */
import { Redis, type RedisOptions } from 'ioredis';
import { type FunctionName, loadLibrary } from './library.js';

export interface ConnectionSettings {
  /** `redis://[user:password@]host:port`; queues live in database 0, which is where workers look. */
  url: string;
  /** Shown in CLIENT LIST. */
  name?: string;
  /** Told of every connection error; the connection itself goes on trying. */
  onError: (error: Error) => void;
}

/** A function of the library to call. */
export interface FunctionCall {
  name: FunctionName;
  /** Its first key: the lane's. */
  prefix: string;
  /** Keys that are not the lane's. */
  others?: readonly string[];
  args: readonly (string | number)[];
}

/** A call gives up after this long, so that a frozen Redis freezes nobody else. */
const COMMAND_TIMEOUT_MS = 3_000;
/** A socket that owes an answer this long is dead: close it and connect anew. Above every BLOCK used here. */
const SOCKET_TIMEOUT_MS = 5_000;

/** A connection for short commands. Calls fail with QueueFailure when Redis is away; what was asked may still have happened. */
export class QueueConnection {
  readonly redis: Redis;

  constructor(readonly settings: ConnectionSettings) {
    this.redis = connect(settings, { commandTimeout: COMMAND_TIMEOUT_MS, maxRetriesPerRequest: 2 });
    // Workers call the functions too, so they are put back as soon as a restarted Redis is reachable, not with the next call.
    this.redis.on('ready', () => void loadLibrary(this.redis).catch(settings.onError));
  }

  /** What belongs together is one function, not a transaction: ioredis makes a pipeline of one, which V8 keeps until it next collects all garbage. */
  async call({ name, prefix, others = [], args }: FunctionCall): Promise<unknown> {
    const keys = [prefix, ...others];
    return this.attempt(`call ${name} on ${prefix}`, () =>
      this.redis.call('FCALL', name, keys.length, ...keys, ...args),
    );
  }

  /** Runs any commands, with errors translated. */
  async attempt<T>(deed: string, act: () => Promise<T>): Promise<T> {
    try {
      return await withLibrary(this.redis, act);
    } catch (cause) {
      throw new QueueFailure(deed, cause);
    }
  }

  /** Resolves when Redis has answered; the library is loaded then. */
  async ready(): Promise<void> {
    await this.attempt('load the function library', () => loadLibrary(this.redis));
  }

  /** Closes at once; safe to call twice. */
  close(): void {
    this.redis.disconnect();
  }
}

/** Redis is away, full or refuses. Retry may help. */
export class QueueFailure extends Error {
  /** Trying again later may help: see `Unavailable` in libs/messaging. */
  readonly unavailable = true;

  constructor(deed: string, cause: unknown) {
    super(`could not ${deed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'QueueFailure';
  }

  /** Redis has no memory left: pushing is refused until workers have drained it. */
  get isOutOfMemory(): boolean {
    return this.cause instanceof Error && this.cause.message.startsWith('OOM');
  }
}

/** A connection for one blocking command at a time. A command fails as soon as the connection breaks: the caller asks anew. */
export function connectBlocking(settings: ConnectionSettings): Redis {
  return connect(settings, { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false });
}

type Patience = Pick<RedisOptions, 'commandTimeout' | 'maxRetriesPerRequest' | 'autoResendUnfulfilledCommands'>;

function connect({ url, name, onError }: ConnectionSettings, patience: Patience): Redis {
  const redis = new Redis(url, {
    // RESP3 would return the streams of a read as a map, and needs HELLO.
    protocol: 2,
    ...(name === undefined ? {} : { connectionName: name }),
    connectTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), 2_000),
    ...patience,
  });
  redis.on('error', onError);
  return redis;
}

/** Redis started anew between two calls has lost the functions: load them and try once more. */
async function withLibrary<T>(redis: Redis, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('Function not found')) throw error;
    await loadLibrary(redis);
    return act();
  }
}
