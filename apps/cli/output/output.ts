/** stdout carries data in the form that was asked for; stderr is for people, and silent with --quiet. */
import { stringify } from 'yaml';
import { type Colours, coloursFor } from './colours.js';
import { type Format } from './formats.js';
import { type ProgressBar, progressBar } from './progress-bar.js';
import { table } from './table.js';

export interface Column<T> {
  head: string;
  of: (item: T) => string;
}

export interface ListView<T> {
  columns: readonly Column<T>[];
  /** What `-o name` prints. */
  name: (item: T) => string;
  /** Said to people when there is nothing. */
  empty: string;
}

export interface ItemView<T> {
  rows: (item: T) => (readonly [string, string])[];
  name: (item: T) => string;
}

export interface Streams {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

export class Output {
  /** For what goes to people. */
  readonly colours: Colours;
  /** For data on stdout. */
  readonly dataColours: Colours;

  constructor(
    private readonly streams: Streams,
    readonly format: Format,
    private readonly quiet: boolean,
  ) {
    this.colours = coloursFor(streams.stderr);
    this.dataColours = coloursFor(streams.stdout);
  }

  list<T>(items: readonly T[], { columns, name, empty }: ListView<T>): void {
    if (this.format !== 'table') return this.document(items, () => items.map(name).join('\n'));
    if (items.length === 0) return this.note(empty);
    const rows = items.map((item) => columns.map(({ of }) => of(item)));
    this.data(
      table(
        rows,
        columns.map(({ head }) => this.dataColours.bold(head)),
      ),
    );
  }

  item<T>(item: T, { rows, name }: ItemView<T>): void {
    if (this.format !== 'table') return this.document(item, () => name(item));
    this.data(table(rows(item).map(([label, value]) => [this.dataColours.dim(label), value])));
  }

  /** A value by itself, as a task returned it: text as it is, all else as JSON. */
  value(value: unknown): void {
    if (this.format === 'yaml') return this.data(stringify(value).trimEnd());
    if (this.format === 'ndjson') return this.data(JSON.stringify(value));
    this.data(typeof value === 'string' && this.format === 'table' ? value : JSON.stringify(value, null, 2));
  }

  /** One line of a stream that may never end. */
  line<T>(item: T, shown: string): void {
    this.data(
      this.format === 'table'
        ? shown
        : this.format === 'yaml'
          ? `---\n${stringify(item).trimEnd()}`
          : JSON.stringify(item),
    );
  }

  data(text: string): void {
    this.streams.stdout.write(`${text}\n`);
  }

  note(text: string): void {
    if (!this.quiet) this.streams.stderr.write(`${text}\n`);
  }

  /** Shown also with --quiet. */
  error(message: string, hint: string): void {
    this.streams.stderr.write(`${this.colours.red('error:')} ${message}\n`);
    if (hint) this.streams.stderr.write(`${this.colours.cyan('hint:')} ${hint}\n`);
  }

  progress(total: number, label: string): ProgressBar {
    if (this.quiet) return { to: () => undefined, end: () => undefined };
    return progressBar(this.streams.stderr, { total, label });
  }

  private document<T>(value: T | readonly T[], names: () => string): void {
    if (Array.isArray(value) && value.length === 0 && (this.format === 'name' || this.format === 'ndjson')) return;
    switch (this.format) {
      case 'name':
        return this.data(names());
      case 'yaml':
        return this.data(stringify(value).trimEnd());
      case 'ndjson':
        return this.data((Array.isArray(value) ? value : [value]).map((one) => JSON.stringify(one)).join('\n'));
      case 'json':
      case 'table':
        return this.data(JSON.stringify(value, null, 2));
    }
  }
}
