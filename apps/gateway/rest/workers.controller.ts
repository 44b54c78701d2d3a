/** Workers, as their hosts report them. */
import { Controller, Inject } from '@nestjs/common';
import { ListWorkers } from '#contracts';
import { type Requester } from '#messaging';
import { Handles } from './handles.js';
import { route } from './route.js';
import { REQUESTER } from './tokens.js';

export const listWorkers = route({
  method: 'GET',
  path: '/workers',
  action: 'read',
  summary: 'List workers',
  output: ListWorkers.output,
});

@Controller()
export class WorkersController {
  constructor(@Inject(REQUESTER) private readonly requester: Requester) {}

  @Handles(listWorkers)
  list() {
    return this.requester.request(ListWorkers, {});
  }
}
