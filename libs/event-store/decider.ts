/** The heart of every aggregate: pure functions from commands and past events to new events. */
import { type Refused } from '#contracts';

export interface DomainEvent {
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Decider<Command, State, Event extends DomainEvent> {
  /** The state before the first event. */
  readonly initial: State;
  /** Believes the event: no validation, no throwing, no IO. */
  evolve(state: State, event: Event): State;
  /** No events means: nothing to do, and that is fine. */
  decide(command: Command, state: State): Event[] | Refused;
}

export function fold<State, Event extends DomainEvent>(
  decider: Pick<Decider<never, State, Event>, 'initial' | 'evolve'>,
  events: readonly Event[],
): State {
  return events.reduce((state, event) => decider.evolve(state, event), decider.initial);
}
