/** Progress and log lines on their way to Redis: gathered, sent now and then, and always before their job is settled. */
import { type JobReport } from './redis/lane.js';
import { type LogLine, type Progress } from './slot/messages.js';

const EVERY_MS = 250;

interface Gathered {
  lines: LogLine[];
  progress: Progress | null;
}

export class Reports {
  private gathered = new Map<string, Gathered>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly flush: () => void) {}

  addLines(jobId: string, lines: LogLine[]): void {
    if (lines.length > 0) this.of(jobId).lines.push(...lines);
  }

  /** The newest takes the place of those not yet sent. */
  setProgress(jobId: string, progress: Progress): void {
    this.of(jobId).progress = progress;
  }

  get isEmpty(): boolean {
    return this.gathered.size === 0;
  }

  take(): JobReport[] {
    const reports = [...this.gathered].flatMap(([id, gathered]) => reportsOf(id, gathered));
    this.gathered.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
    return reports;
  }

  private of(jobId: string): Gathered {
    let gathered = this.gathered.get(jobId);
    if (!gathered) this.gathered.set(jobId, (gathered = { lines: [], progress: null }));
    this.timer ??= setTimeout(() => this.flush(), EVERY_MS);
    return gathered;
  }
}

function reportsOf(id: string, { lines, progress }: Gathered): JobReport[] {
  const reports: JobReport[] = [];
  if (lines.length > 0) reports.push({ id, report: JSON.stringify({ kind: 'logged', lines }) });
  if (progress !== null) reports.push({ id, report: JSON.stringify({ kind: 'progressed', ...progress }) });
  return reports;
}
