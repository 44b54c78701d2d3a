/** Marks the method of a Nest controller that answers a request: `@Answers(AcceptRuns)`. */
import { MessagePattern } from '@nestjs/microservices';
import { isRefused, type Refused, type OutputOf, type ParsedInputOf, type Request } from '#contracts';
import { type Envelope, isUnavailable } from './envelope.js';

type Answer<R extends Request> = (input: ParsedInputOf<R>) => Promise<OutputOf<R> | Refused>;

/**
 * The method gets the parsed input and returns the output or a refusal. What it throws becomes a failure: `unavailable` when a later try may help.
 * Errors are caught here, because Nest's own filter would hide their cause.
 */
export function Answers<R extends Request>(request: R) {
  return <M extends Answer<R>>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void => {
    const answer = descriptor.value!;
    const wrapped = async function (this: unknown, input: ParsedInputOf<R>): Promise<Envelope> {
      try {
        const value = await answer.call(this, input);
        return isRefused(value) ? { refusal: value.refusal } : { ok: value };
      } catch (error) {
        const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
        return { failure: { kind: isUnavailable(error) ? 'unavailable' : 'bug', message } };
      }
    };
    descriptor.value = wrapped as unknown as M;
    MessagePattern(request.pattern, { request })(target, key, descriptor);
  };
}
