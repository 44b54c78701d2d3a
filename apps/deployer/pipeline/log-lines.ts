/** Collects the lines of a stage and writes them into the log a few at a time. */
import { type DeploymentStage } from '#contracts';

const WAIT_MS = 250;
const MOST_AT_ONCE = 100;

export class LogLines {
  private lines: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    readonly stage: DeploymentStage,
    private readonly write: (lines: string[]) => Promise<unknown>,
  ) {}

  add(line: string): void {
    this.lines.push(line);
    if (this.lines.length >= MOST_AT_ONCE) this.send();
    else this.timer ??= setTimeout(() => this.send(), WAIT_MS);
  }

  /** Resolves when all lines are written. */
  async flush(): Promise<void> {
    this.send();
    await this.writing;
  }

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const lines = this.lines;
    this.lines = [];
    if (lines.length > 0) this.writing = this.writing.then(() => this.write(lines)).then(() => undefined);
  }
}
