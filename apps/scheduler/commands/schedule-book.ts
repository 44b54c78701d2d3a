/** Carries out commands on schedules. */
import { isRefused, type Refused, type ScheduleEvent, type ScheduleId, streamOf } from '#contracts';
import { createHandler, type EventLog, type Handler, type Loaded } from '#event-store';
import { type FireDue, type Schedule, type ScheduleCommand, scheduleDecider } from '../schedule/index.js';

const CLOCK_ACTOR = 'service:scheduler';

export class ScheduleBook {
  private readonly handler: Handler<ScheduleCommand, Schedule, ScheduleEvent>;

  constructor(private readonly log: Pick<EventLog, 'append' | 'readStream'>) {
    this.handler = createHandler({ log, decider: scheduleDecider, category: 'schedule' });
  }

  async carryOut(id: ScheduleId, command: ScheduleCommand, actor: string): Promise<Loaded<Schedule> | Refused> {
    return this.handler.handle(id, command, { actor });
  }

  /**
   * Fires on a schedule that the clock knows already, so that a stream with very many firings is not read for each of them. When the clock knew
   * less than the log, the expected version does not hold: then it is loaded and decided again.
   */
  async fire(id: ScheduleId, known: Loaded<Schedule>, command: FireDue): Promise<Loaded<Schedule>> {
    const { state, version } = known;
    const events = scheduleDecider.decide(command, state);
    if (isRefused(events) || events.length === 0) return known;
    const meta = { actor: CLOCK_ACTOR };
    const append = {
      category: 'schedule' as const,
      stream: streamOf('schedule', id),
      expectedVersion: version,
      events,
      meta,
    };
    if ((await this.log.append([append])) === 'appended')
      return { state: events.reduce(scheduleDecider.evolve, state), version: version + events.length };
    const again = await this.handler.handle(id, command, meta);
    return isRefused(again) ? known : again;
  }
}
