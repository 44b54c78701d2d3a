/** A progress bar on a terminal; nothing where no person watches. */
import cliProgress from 'cli-progress';

export interface ProgressBar {
  /** @param label replaces the text behind the bar, when given. */
  to(value: number, label?: string): void;
  /** Removes the bar; safe to call twice. */
  end(): void;
}

export function progressBar(
  stream: NodeJS.WriteStream,
  { total, label }: { total: number; label: string },
): ProgressBar {
  if (!stream.isTTY) return { to: () => undefined, end: () => undefined };
  const format = '  {bar} {percentage}% {label}';
  const shape = { format, stream, barCompleteChar: '━', barIncompleteChar: '─', barsize: 30, hideCursor: true };
  const bar = new cliProgress.SingleBar({ ...shape, clearOnComplete: true, gracefulExit: false });
  bar.start(total, 0, { label });
  return {
    to: (value, text) => bar.update(Math.min(value, total), text === undefined ? {} : { label: text }),
    end: () => bar.stop(),
  };
}
