/** Registers the administrator's key of the settings when its id is not known yet. Only its hash goes further than this file. */
import { type Clock, type Startable } from '#lifecycle';
import { type Logger } from '#observability';
import { hashOf, keyIdOf } from './key-minting.js';
import { type KeyHandler } from './keys.controller.js';

const ACTOR = 'service:registry';

export interface AdminKeyParts {
  /** Undefined when the settings name none. */
  key: string | undefined;
  handler: KeyHandler;
  clock: Clock;
  logger: Pick<Logger, 'info' | 'warn'>;
}

export class AdminKey implements Startable {
  constructor(private readonly parts: AdminKeyParts) {}

  async start(): Promise<void> {
    const { key, handler, clock, logger } = this.parts;
    if (key === undefined) return;
    const keyId = keyIdOf(key);
    const hash = hashOf(key);
    const at = clock.now();
    const command = { type: 'CreateKey', keyId, name: 'admin', scope: 'admin', hash, by: ACTOR, at } as const;
    const outcome = await handler.handle(keyId, command, { actor: ACTOR });
    if (!('state' in outcome) || outcome.state.status === 'unknown') return;
    if (outcome.events.length > 0) return logger.info({ keyId }, 'the key of TASKSMITH_ADMIN_KEY was registered');
    if (outcome.state.hash !== hash)
      logger.warn({ keyId }, 'TASKSMITH_ADMIN_KEY has the id of another key and is not valid: choose another id');
    else if (outcome.state.status === 'revoked')
      logger.warn({ keyId }, 'the key of TASKSMITH_ADMIN_KEY was revoked and is not valid');
  }

  async stop(): Promise<void> {}
}
