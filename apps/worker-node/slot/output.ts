/** Turns what a task prints into lines of its run. */
import { type LogLine } from './messages.js';

export const OUTPUT_LIMITS = { lines: 1_000, lineChars: 4_000 };

type Stream = LogLine['stream'];

export class Output {
  private readonly partial = { stdout: '', stderr: '' };
  private lines = 0;

  /** @param dropped Is told how many lines were too many, each time that changes. */
  constructor(
    private readonly send: (lines: LogLine[]) => void,
    private readonly dropped: (count: number) => void,
  ) {}

  write(stream: 'stdout' | 'stderr', text: string): void {
    const lines = (this.partial[stream] + text).split('\n');
    // A line that never ends is told in pieces: it may not fill the memory.
    const rest = lines.pop()!;
    const isEndless = rest.length > OUTPUT_LIMITS.lineChars;
    this.partial[stream] = isEndless ? '' : rest;
    this.add(stream, isEndless ? [...lines, rest] : lines);
  }

  log(text: string): void {
    this.add('log', text.split('\n'));
  }

  /** The last words, where no line break followed them, and how many lines were too many. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.partial[stream] !== '') this.add(stream, [this.partial[stream]]);
      this.partial[stream] = '';
    }
    if (this.lines > OUTPUT_LIMITS.lines) this.send(droppedNotice(this.lines - OUTPUT_LIMITS.lines));
  }

  private add(stream: Stream, texts: string[]): void {
    const room = Math.max(0, OUTPUT_LIMITS.lines - this.lines);
    this.lines += texts.length;
    if (this.lines > OUTPUT_LIMITS.lines) this.dropped(this.lines - OUTPUT_LIMITS.lines);
    if (room === 0 || texts.length === 0) return;
    const at = Date.now();
    this.send(texts.slice(0, room).map((text) => ({ at, stream, text: shortened(text) })));
  }
}

/** Empty when there is nothing to notice. */
export function droppedNotice(count: number): LogLine[] {
  return count > 0 ? [{ at: Date.now(), stream: 'log', text: `${count} more lines were dropped` }] : [];
}

function shortened(text: string): string {
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  return text.slice(0, Math.min(end, OUTPUT_LIMITS.lineChars));
}

/** Sends what the thread prints to `write`; what `write` does not want (no run in progress) goes to the worker's stderr. */
export function captureOutput(write: (stream: 'stdout' | 'stderr', text: string) => boolean): void {
  const elsewhere = process.stderr.write.bind(process.stderr);
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      if (!write(stream, text)) elsewhere(text);
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') queueMicrotask(() => (callback as () => void)());
      return true;
    }) as typeof process.stdout.write;
  }
}
