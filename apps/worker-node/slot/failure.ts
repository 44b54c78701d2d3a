/** What went wrong in a task, in words for its author. */
import { type CompiledBundle } from '../bundle/compile.js';
import { type FailureText } from './outcome.js';

const CAUSES_TOLD = 3;
const MESSAGE_IN_STACK = 2_000;

/** Whatever was thrown; anything may be. Places in the compiled modules are told as places in the bundle. */
export class FailureTeller {
  private readonly compiled: RegExp;

  constructor(private readonly bundle: CompiledBundle) {
    const outDir = escape(bundle.outDir);
    this.compiled = new RegExp(`(?:file://)?${outDir}(/[^\\s:)]*)\\.[mc]js`, 'g');
  }

  tell(thrown: unknown): FailureText {
    if (!(thrown instanceof Error)) return { type: 'Error', message: inWords(thrown), traceback: '' };
    return { type: typeOf(thrown), message: String(thrown.message), traceback: this.traceback(thrown) };
  }

  /** For stderr: with the file and line that a syntax error is at, which Node puts before the stack. */
  tellAll(thrown: unknown): string {
    const { type, message, traceback } = this.tell(thrown);
    return traceback || `${type}: ${message}`;
  }

  private traceback(error: Error): string {
    const stacks: string[] = [];
    let next: unknown = error;
    while (next instanceof Error && stacks.length <= CAUSES_TOLD) {
      stacks.push(stackOf(next));
      next = next.cause;
    }
    return stacks.join('\ncaused by: ').replace(this.compiled, (_, path: string) => this.bundle.bundleDir + path);
  }
}

/** The stack opens with the message; a huge one would push the places out. */
function stackOf(error: Error): string {
  const stack = String(error.stack ?? error);
  const message = String(error.message);
  return message.length > MESSAGE_IN_STACK
    ? stack.replace(message, () => `${message.slice(0, MESSAGE_IN_STACK)}...`)
    : stack;
}

export function isRetryable(thrown: unknown): boolean {
  return (thrown as { retryable?: unknown } | null | undefined)?.retryable !== false;
}

function typeOf(error: Error): string {
  const name = String(error.name);
  return name === 'Error' ? error.constructor.name || name : name;
}

function inWords(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    return String(thrown);
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
