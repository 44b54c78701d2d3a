/** What the person who watches the demo sees: numbered steps, a few lines under each. */
import { type Colours, coloursFor } from '../output/colours.js';
import { type ProgressBar, progressBar } from '../output/progress-bar.js';

const WIDTH = 110;

export class Screen {
  readonly colours: Colours;
  private steps = 0;

  constructor(private readonly stream: NodeJS.WriteStream) {
    this.colours = coloursFor(stream);
  }

  step(title: string): void {
    this.steps += 1;
    this.line(`\n${this.colours.cyan(String(this.steps).padStart(2))}  ${this.colours.bold(title)}`);
  }

  /** A line under the step; too long a one is cut. */
  say(text: string): void {
    this.line(`    ${text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text}`);
  }

  /** A name and its value, in two columns. */
  row(name: string, value: string): void {
    this.line(`    ${this.colours.dim(name.padEnd(18))}${value}`);
  }

  aside(text: string): void {
    this.line(this.colours.dim(`    ${text}`));
  }

  done(text: string): void {
    this.line(`    ${this.colours.green('✓')} ${text}`);
  }

  line(text: string): void {
    this.stream.write(`${text}\n`);
  }

  bar(total: number, label: string): ProgressBar {
    return progressBar(this.stream, { total, label });
  }
}
