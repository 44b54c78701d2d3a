/** All schedules as the log has them, kept in memory: a fold of the category, brought up to date by reading on after a cursor. */
import { type Moment, type ScheduleEvent, type ScheduleId, type ScheduleTarget, streamOf } from '#contracts';
import { BEGINNING, type Cursor, type EventLog, fold, type Loaded, type RecordedEvent } from '#event-store';
import { dueNow, nextUnsettled, type Schedule, scheduleDecider } from './schedule/index.js';

interface Entry extends Loaded<Schedule> {
  /** The first instant that is not settled. */
  readonly next: Moment | null;
  /** The version that gave the schedule its target. */
  readonly targetSince: number;
}

export interface Due {
  readonly id: ScheduleId;
  readonly known: Loaded<Schedule>;
  readonly dueAt: Moment;
}

const BATCH = 1_000;
const newcomer: Entry = { state: scheduleDecider.initial, version: 0, next: null, targetSince: 0 };

export class KnownSchedules {
  private readonly entries = new Map<ScheduleId, Entry>();
  private cursor: Cursor = BEGINNING;

  constructor(private readonly log: Pick<EventLog, 'readAll' | 'readStream'>) {}

  async refresh(): Promise<void> {
    for (;;) {
      const events = await this.log.readAll({ after: this.cursor, categories: ['schedule'], limit: BATCH });
      for (const event of events) this.apply(event);
      this.cursor = events.at(-1)?.cursor ?? this.cursor;
      if (events.length < BATCH) return;
    }
  }

  /** What a command has just made of a schedule, sooner than the log can be read so far. */
  learn(id: ScheduleId, { state, version }: Loaded<Schedule>): void {
    const entry = this.entries.get(id) ?? newcomer;
    if (version > entry.version) this.keep(id, entry, { state, version });
  }

  due(now: Moment): Due[] {
    const found: Due[] = [];
    for (const [id, { state, version, next }] of this.entries) {
      if (next === null || next > now) continue;
      const dueAt = dueNow(state, now);
      if (dueAt !== null) found.push({ id, known: { state, version }, dueAt });
    }
    return found;
  }

  /** When the next one is due; null when nothing is to come. */
  earliest(): Moment | null {
    let earliest: Moment | null = null;
    for (const { next } of this.entries.values())
      if (next !== null && (earliest === null || next < earliest)) earliest = next;
    return earliest;
  }

  /** The target that a schedule had at a version, however it was revised since. */
  async targetAt(id: ScheduleId, version: number): Promise<ScheduleTarget | undefined> {
    const entry = this.entries.get(id);
    if (entry && entry.targetSince <= version && entry.version >= version) return targetOf(entry.state);
    const recorded = await this.log.readStream(streamOf('schedule', id));
    const events = recorded.slice(0, version).map(({ event }) => event as ScheduleEvent);
    return targetOf(fold(scheduleDecider, events));
  }

  private apply({ stream, version, event }: RecordedEvent): void {
    const id = stream.slice('schedule-'.length) as ScheduleId;
    const entry = this.entries.get(id) ?? newcomer;
    if (version !== entry.version + 1) return; // known already: learnt from the command
    this.keep(id, entry, { state: scheduleDecider.evolve(entry.state, event as ScheduleEvent), version });
  }

  private keep(id: ScheduleId, before: Entry, { state, version }: Loaded<Schedule>): void {
    if (state.status === 'deleted') return void this.entries.delete(id); // nothing follows a deletion
    const targetSince = targetOf(state) === targetOf(before.state) ? before.targetSince : version;
    this.entries.set(id, { state, version, next: nextUnsettled(state), targetSince });
  }
}

function targetOf(schedule: Schedule): ScheduleTarget | undefined {
  return schedule.status === 'unknown' ? undefined : schedule.target;
}
