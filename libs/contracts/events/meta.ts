/** What every event carries besides its own data. */
import { z } from 'zod';

export const EventMeta = z.object({
  /** Who caused it: `key:<key id>`, or `service:<name>`. */
  actor: z.string(),
  traceparent: z.string().optional(),
});
export type EventMeta = z.infer<typeof EventMeta>;

/** Each category of streams has one owning service; only that one appends to it. */
export const categoryOwners = {
  run: 'dispatcher',
  idempotency: 'dispatcher',
  task: 'registry',
  key: 'registry',
  deployment: 'deployer',
  schedule: 'scheduler',
} as const;
export type Category = keyof typeof categoryOwners;
export const categories = Object.keys(categoryOwners) as Category[];

/** The stream of one thing: `run-<id>`, `task-<name>`, ... */
export function streamOf(category: Category, id: string): string {
  return `${category}-${id}`;
}

/** Members of events that stay inside the house: views for callers and copies for the world outside are made without them. */
export const privateMembers: Readonly<Record<string, readonly string[]>> = { KeyCreated: ['hash'] };
