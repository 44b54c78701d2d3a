/** Requests that make and revoke API keys. */
import { Controller, Inject } from '@nestjs/common';
import {
  CreateKey,
  isRefused,
  type KeyEvent,
  type KeyView,
  type OutputOf,
  type ParsedInputOf,
  type Refused,
  RevokeKey,
} from '#contracts';
import { type Handler } from '#event-store';
import { type Clock } from '#lifecycle';
import { Answers } from '#messaging';
import { type Key, type KeyCommand, keyViewOf } from '../key/index.js';
import { CLOCK, KEY_HANDLER, RANDOM_BYTES } from '../tokens.js';
import { hashOf, keyIdOf, mintKey, type RandomBytes } from './key-minting.js';

export type KeyHandler = Handler<KeyCommand, Key, KeyEvent>;
type KnownKey = Exclude<Key, { status: 'unknown' }>;

@Controller()
export class KeysController {
  constructor(
    @Inject(KEY_HANDLER) private readonly handler: KeyHandler,
    @Inject(RANDOM_BYTES) private readonly random: RandomBytes,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Answers(CreateKey)
  async create({ actor, name, scope }: ParsedInputOf<typeof CreateKey>): Promise<OutputOf<typeof CreateKey> | Refused> {
    const key = mintKey(this.random);
    const keyId = keyIdOf(key);
    const at = this.clock.now();
    const command = { type: 'CreateKey', keyId, name, scope, hash: hashOf(key), by: actor, at } as const;
    const outcome = await this.handler.handle(keyId, command, { actor });
    if (isRefused(outcome)) return outcome;
    if (outcome.events.length === 0) throw new Error(`the key id ${keyId} was made twice`);
    return { ...keyViewOf(keyId, outcome.state as KnownKey), key };
  }

  @Answers(RevokeKey)
  async revoke({ actor, keyId }: ParsedInputOf<typeof RevokeKey>): Promise<KeyView | Refused> {
    const command = { type: 'RevokeKey', keyId, by: actor, at: this.clock.now() } as const;
    const outcome = await this.handler.handle(keyId, command, { actor });
    return isRefused(outcome) ? outcome : keyViewOf(keyId, outcome.state as KnownKey);
  }
}
