/**
 * Runs that are ahead of the log: their job is pushed first, and they are written a moment later, most of them together with their end.
 * With the job goes a note of what to write, in one call. It outlives this process, and workers cannot touch it: whoever meets such a run,
 * because an outcome comes or because the note is old, writes it from there. See docs/decisions/0008-runs-ahead-of-the-log.md.
 */
import { z } from 'zod';
import { Moment, RunAcceptance, type RunId } from '#contracts';
import { type EventLog } from '#event-store';
import { type Startable } from '#lifecycle';
import { type QueueClient } from '#queue';
import { jobOf } from '../pushing/job-source.js';
import { acceptedRun, appendOfNewRun } from './accepted-run.js';
import { type CommittedRun } from './committed-run.js';

export interface RunsAheadParts {
  log: Pick<EventLog, 'appendAll'>;
  queue: Pick<QueueClient, 'enqueueWithNote' | 'notesOf' | 'notes' | 'forgetNotes'>;
  /** Told when a job was dropped. */
  onDropped(jobs: number, error: unknown): void;
  onError(error: unknown, name: string): void;
}

/** A run that is not in the log yet, as it is to be written. */
export interface RunAhead {
  readonly accepted: CommittedRun;
  readonly actor: string;
}

const Note = z.object({ actor: z.string(), at: Moment, acceptance: RunAcceptance });
type Note = z.infer<typeof Note>;

/** Notes that are not needed any more are cleared together. */
const GATHER_MS = 50;

export class RunsAhead implements Startable {
  private done: RunId[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: RunsAheadParts) {}

  async start(): Promise<void> {}

  /** Sends what is gathered. */
  async stop(): Promise<void> {
    await this.clear();
  }

  /** Never throws: a run without a job is found by the healing clock once it is written, and written it is without a note, too. */
  push(acceptance: RunAcceptance, { at, actor }: { at: number; actor: string }): void {
    const { lane, job } = jobOf(acceptance.runId, acceptance, 1);
    const note = JSON.stringify({ actor, at, acceptance } satisfies Note);
    this.parts.queue.enqueueWithNote(lane, job, note).catch((error: unknown) => this.parts.onDropped(1, error));
  }

  /** The run is in the log: its note is cleared soon. */
  written(runId: RunId): void {
    this.done.push(runId);
    this.timer ??= setTimeout(() => void this.clear(), GATHER_MS);
  }

  /** Those of these runs that have a note, as they are to be written. @throws QueueFailure. */
  async notesOf(runIds: readonly RunId[]): Promise<RunAhead[]> {
    const notes = await this.parts.queue.notesOf(runIds);
    return notes.flatMap((note) => (note === null ? [] : this.read(note))).map(runAhead);
  }

  /** Writes every run whose note is older: what a crash left behind. Answers how many there were. @throws LogUnavailable, QueueFailure. */
  async writeLeftBehind(before: number): Promise<number> {
    const notes = (await this.parts.queue.notes()).flatMap((note) => this.read(note));
    const old = notes.filter(({ at }) => at < before).map(runAhead);
    if (old.length === 0) return 0;
    // A conflict is as good: it is written already.
    await this.parts.log.appendAll(old.map(({ accepted, actor }) => [appendOfNewRun(accepted, actor)]));
    await this.parts.queue.forgetNotes(old.map(({ accepted }) => accepted.runId));
    return old.length;
  }

  /** One that cannot be read is left where it is, for a person to look at; the others do not suffer for it. */
  private read(text: string): Note[] {
    try {
      return [Note.parse(JSON.parse(text))];
    } catch (error) {
      this.parts.onError(error, 'reading the note of a run');
      return [];
    }
  }

  /** A note that is not cleared is found old, and cleared then. */
  private async clear(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const done = this.done.splice(0);
    if (done.length === 0) return;
    await this.parts.queue
      .forgetNotes(done)
      .catch((error: unknown) => this.parts.onError(error, 'clearing notes of runs'));
  }
}

function runAhead({ actor, at, acceptance }: Note): RunAhead {
  return { accepted: acceptedRun(acceptance, at), actor };
}
