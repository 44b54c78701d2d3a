/** Gives the controllers what they need. */
import { type DynamicModule, Module } from '@nestjs/common';
import { type EventStreams } from '../live/index.js';
import { type GatewayParts } from '../parts.js';
import { controllers } from './controllers.js';
import { CATALOGUE, EVENT_STREAMS, HEALTH_CHECKS, LOG, REQUESTER, RUN_CALLS } from './tokens.js';

@Module({})
export class RestModule {
  static of(parts: GatewayParts, streams: EventStreams): DynamicModule {
    return {
      module: RestModule,
      controllers: Object.values(controllers),
      providers: [
        { provide: REQUESTER, useValue: parts.requester },
        { provide: CATALOGUE, useValue: parts.catalogue },
        { provide: RUN_CALLS, useValue: parts.runs },
        { provide: LOG, useValue: parts.log },
        { provide: EVENT_STREAMS, useValue: streams },
        { provide: HEALTH_CHECKS, useValue: parts.checks },
      ],
    };
  }
}
