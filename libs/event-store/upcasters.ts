/**
 * Old events in today's shape. Each row of the log says by which schema of its type it was written; on reading, the steps from that
 * schema to the newest are applied in turn. The log itself stays as it was written.
 */
import { type DomainEvent } from './decider.js';

export type EventData = DomainEvent & Record<string, unknown>;

export interface Upcaster {
  readonly type: string;
  /** The schema it reads; it gives the next one. */
  readonly from: number;
  upcast(event: EventData): EventData;
}

export class Upcasters {
  private readonly steps = new Map<string, Map<number, Upcaster>>();

  constructor(upcasters: readonly Upcaster[] = []) {
    for (const upcaster of upcasters) this.add(upcaster);
  }

  /** The schema by which events of this type are written today. */
  newest(type: string): number {
    return 1 + (this.steps.get(type)?.size ?? 0);
  }

  upcast(event: EventData, schema: number): EventData {
    const steps = this.steps.get(event.type);
    if (!steps) return event;
    let current = event;
    for (let from = schema; from <= steps.size; from++) current = steps.get(from)!.upcast(current);
    return current;
  }

  private add(upcaster: Upcaster): void {
    const steps = this.steps.get(upcaster.type) ?? new Map<number, Upcaster>();
    if (upcaster.from !== steps.size + 1)
      throw new TypeError(`the next upcaster of ${upcaster.type} starts from ${steps.size + 1}, not ${upcaster.from}`);
    this.steps.set(upcaster.type, steps.set(upcaster.from, upcaster));
  }
}

/** The steps of Tasksmith's own events. None has changed yet. */
export const upcasters = new Upcasters([]);
