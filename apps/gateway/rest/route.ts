/**
 * One declaration for each route: path, what it needs, what goes in and what comes out. The handler, the documents and the client follow from it.
 */
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type z } from 'zod';
import { type RefusalCode } from '#contracts';
import { type Action, type Caller } from '../auth/index.js';

type Shape = z.ZodObject | undefined;

export interface RouteDeclaration<P extends Shape = Shape, Q extends Shape = Shape, B = unknown, O = unknown> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under /api/v1, with parameters in braces: `/runs/{runId}`. */
  path: string;
  action: Action;
  /** Refused, before its body is read, while too many runs are on their way. */
  startsRuns?: true;
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  body?: B;
  /** True when the body may be left out. */
  bodyIsOptional?: boolean;
  /** Kinds of body taken besides JSON, as they are. */
  rawBodies?: readonly string[];
  /** Request headers worth documenting. */
  headers?: Record<string, string>;
  output: O;
  /** Default 200. */
  status?: number;
  /** Other statuses of good answers, with what they mean. */
  alsoStatus?: Record<number, { means: string; output: z.ZodType }>;
  /** Refusals that this route may answer with, beside those that any route may. */
  refusals?: readonly RefusalCode[];
}

export type AnyRoute = RouteDeclaration<Shape, Shape, z.ZodType | undefined, z.ZodType>;

type Parsed<T> = [NonNullable<T>] extends [never] ? undefined : z.output<NonNullable<T> & z.ZodType>;

export interface Asked<R extends AnyRoute> {
  params: Parsed<R['params']>;
  query: Parsed<R['query']>;
  body: Parsed<R['body']>;
  caller: Caller;
  request: FastifyRequest;
  reply: FastifyReply;
}

export type RouteOutput<R extends AnyRoute> = z.output<R['output']>;

/** A value with a status or headers of its own. */
export class Answer<T> {
  constructor(
    readonly value: T,
    readonly more: { status?: number; headers?: Record<string, string> } = {},
  ) {}
}

/** Says that the handler has taken the response over. */
export const answeredItself = Symbol('answered itself');

export const API = '/api/v1';
export function route<
  const P extends z.ZodObject | undefined = undefined,
  const Q extends z.ZodObject | undefined = undefined,
  const B extends z.ZodType | undefined = undefined,
  const O extends z.ZodType = z.ZodType,
>(declaration: RouteDeclaration<P, Q, B, O>): RouteDeclaration<P, Q, B, O> & { output: O } {
  return declaration as RouteDeclaration<P, Q, B, O> & { output: O };
}
