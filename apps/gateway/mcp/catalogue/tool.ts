/** A tool, whatever protocol it is called by: its shapes, what it needs, and what it does. */
import { type z } from 'zod';
import { type Refused } from '#contracts';
import { type Action, type Caller } from '../../auth/index.js';
import { type GatewayParts } from '../../parts.js';
import { type Wording } from './wording.js';

export type ToolParts = Pick<GatewayParts, 'catalogue' | 'runs' | 'requester' | 'clock' | 'logger'>;

/** Why a call is no longer wanted: its caller took it back, so what it started is to be cancelled. Any other reason leaves that alone. */
export class CalledOff extends Error {
  override readonly name = 'CalledOff';
}

export interface ToolContext {
  readonly caller: Caller;
  /** Aborted when nobody waits for the answer any more; with `CalledOff` as reason when the caller took the call back. */
  readonly signal: AbortSignal;
  /** Tells the caller how far the call is, 0 to 1, or null when that is not known. Undefined when the caller did not ask. */
  readonly progress: ((fraction: number | null, message: string) => void) | undefined;
  readonly parts: ToolParts;
  /** The names that the caller knows the tools by. */
  readonly words: Wording;
}

export interface ToolAnnotations {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

/** An answer of a tool; `success` is the first of its members. A task that raised is an error, too. */
export interface ToolAnswer<F extends object = object> {
  readonly isError: boolean;
  readonly fields: F & { success: boolean };
  /** Where the whole is when the answer is too long: a sentence. */
  readonly whole?: string | undefined;
}

export interface Tool<I extends z.ZodType = z.ZodType, O extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** What the caller's scope must allow. */
  readonly action: Action;
  readonly annotations: ToolAnnotations;
  readonly input: I;
  /** Members of the answer; only `success` is required, since errors and handles have fewer. */
  readonly output: O;
  run(input: z.output<I>, context: ToolContext): Promise<ToolAnswer | Refused>;
}

export function defineTool<I extends z.ZodType, O extends z.ZodObject>(tool: Tool<I, O>): Tool<I, O> {
  return tool;
}

export function answer<F extends object>(fields: F, more: { whole?: string } = {}): ToolAnswer<F> {
  return { isError: false, fields: { success: true, ...fields }, ...more };
}

export function failure<F extends object>(fields: F, more: { whole?: string } = {}): ToolAnswer<F> {
  return { isError: true, fields: { success: false, ...fields }, ...more };
}

const base = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false };
export const reads: ToolAnnotations = { ...base, readOnlyHint: true, idempotentHint: true };
export const changes: ToolAnnotations = base;
export const changesOnce: ToolAnnotations = { ...base, idempotentHint: true };
export const destroys: ToolAnnotations = { ...base, destructiveHint: true, idempotentHint: true };
/** Runs code that agents wrote, which may do anything it is let. */
export const runsCode: ToolAnnotations = { ...base, openWorldHint: true };
