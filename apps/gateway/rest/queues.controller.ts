/** Queues: where runs wait. */
import { Controller, Inject } from '@nestjs/common';
import { ListQueues } from '#contracts';
import { type Requester } from '#messaging';
import { Handles } from './handles.js';
import { route } from './route.js';
import { REQUESTER } from './tokens.js';

export const listQueues = route({
  method: 'GET',
  path: '/queues',
  action: 'read',
  summary: 'List queues with what waits and runs in them',
  output: ListQueues.output,
});

@Controller()
export class QueuesController {
  constructor(@Inject(REQUESTER) private readonly requester: Requester) {}

  @Handles(listQueues)
  list() {
    return this.requester.request(ListQueues, {});
  }
}
