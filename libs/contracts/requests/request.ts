/** A request over NATS: who answers it, what goes in, what comes out. Every request may also be answered by a refusal. */
import { type z } from 'zod';

export type Service = 'registry' | 'deployer' | 'dispatcher' | 'scheduler';

export interface Request<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly service: Service;
  readonly name: string;
  /** `<service>.<name>`: the NATS subject behind the namespace, and the Nest message pattern. */
  readonly pattern: string;
  readonly input: I;
  readonly output: O;
}

export type InputOf<R extends Request> = z.input<R['input']>;
export type ParsedInputOf<R extends Request> = z.output<R['input']>;
export type OutputOf<R extends Request> = z.output<R['output']>;

export function defineRequest<I extends z.ZodType, O extends z.ZodType>(
  service: Service,
  name: string,
  shapes: { input: I; output: O },
): Request<I, O> {
  return { service, name, pattern: `${service}.${name}`, ...shapes };
}
