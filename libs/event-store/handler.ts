/** Carries out a command: load the stream, fold it, decide, append; when another was faster, all over again. */
import { setTimeout as pause } from 'node:timers/promises';
import { isRefused, streamOf, type Category, type EventMeta, type Refused } from '#contracts';
import { fold, type Decider, type DomainEvent } from './decider.js';
import { type EventLog } from './log.js';

export interface Loaded<State> {
  readonly state: State;
  /** 0 when the stream does not exist. */
  readonly version: number;
}

export interface Handled<State, Event extends DomainEvent> extends Loaded<State> {
  /** What this command added; empty when there was nothing to do. */
  readonly events: readonly Event[];
}

export interface Handler<Command, State, Event extends DomainEvent> {
  handle(id: string, command: Command, meta: EventMeta): Promise<Handled<State, Event> | Refused>;
  load(id: string): Promise<Loaded<State>>;
}

/** Others wrote to the stream again and again while the command was decided. Trying again later may help. */
export class TooManyConflicts extends Error {
  override readonly name = 'TooManyConflicts';
}

const MAX_TRIES = 10;

export function createHandler<Command, State, Event extends DomainEvent>({
  log,
  decider,
  category,
  jitterMs = (conflicts) => Math.random() * conflicts,
}: {
  log: Pick<EventLog, 'append' | 'readStream'>;
  decider: Decider<Command, State, Event>;
  category: Category;
  /** How long to wait after so many conflicts, so that rivals part. */
  jitterMs?: (conflicts: number) => number;
}): Handler<Command, State, Event> {
  return { handle, load };

  async function handle(id: string, command: Command, meta: EventMeta): Promise<Handled<State, Event> | Refused> {
    for (let conflicts = 0; conflicts < MAX_TRIES; conflicts++) {
      if (conflicts > 0) await pause(jitterMs(conflicts));
      const outcome = await tryOnce(id, command, meta);
      if (outcome !== 'conflict') return outcome;
    }
    throw new TooManyConflicts(`${streamOf(category, id)} was written by others ${MAX_TRIES} times in a row`);
  }

  async function tryOnce(id: string, command: Command, meta: EventMeta) {
    const { state, version } = await load(id);
    const events = decider.decide(command, state);
    if (isRefused(events)) return events;
    if (events.length === 0) return { state, version, events };
    const append = { category, stream: streamOf(category, id), expectedVersion: version, events, meta };
    if ((await log.append([append])) === 'conflict') return 'conflict';
    const after = events.reduce((before, event) => decider.evolve(before, event), state);
    return { state: after, version: version + events.length, events };
  }

  async function load(id: string): Promise<Loaded<State>> {
    const recorded = await log.readStream(streamOf(category, id));
    const events = recorded.map(({ event }) => event as Event);
    return { state: fold(decider, events), version: recorded.length };
  }
}
