/** API keys. */
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { CreateKey, KeyId, KeyView, ListKeys, RevokeKey, Scope } from '#contracts';
import { type Requester } from '#messaging';
import { ofRefused } from './answers.js';
import { Handles } from './handles.js';
import { Answer, type Asked, route } from './route.js';
import { REQUESTER } from './tokens.js';

export const listKeys = route({
  method: 'GET',
  path: '/keys',
  action: 'keys',
  summary: 'List API keys, without their secrets',
  output: ListKeys.output,
});
export const createKey = route({
  method: 'POST',
  path: '/keys',
  action: 'keys',
  summary: 'Create an API key',
  description: 'The key itself is in this answer and nowhere else.',
  body: z.strictObject({ name: z.string().min(1).max(100), scope: Scope }),
  output: CreateKey.output,
  status: 201,
});
export const revokeKey = route({
  method: 'DELETE',
  path: '/keys/{keyId}',
  action: 'keys',
  summary: 'Revoke an API key',
  params: z.object({ keyId: KeyId }),
  output: KeyView,
  refusals: ['key.unknown'],
});

@Controller()
export class KeysController {
  constructor(@Inject(REQUESTER) private readonly requester: Requester) {}

  @Handles(listKeys)
  list() {
    return this.requester.request(ListKeys, {});
  }

  @Handles(createKey)
  async create({ caller, body }: Asked<typeof createKey>) {
    const key = await this.requester.request(CreateKey, { actor: caller.actor, ...body });
    return ofRefused(key) ?? new Answer(key, { status: 201, headers: { 'cache-control': 'no-store' } });
  }

  @Handles(revokeKey)
  revoke({ caller, params }: Asked<typeof revokeKey>) {
    return this.requester.request(RevokeKey, { actor: caller.actor, ...params });
  }
}
