/** Requests that change runs. */
import { Controller, Inject } from '@nestjs/common';
import {
  acceptanceOf,
  AcceptRuns,
  CancelRun,
  isRefused,
  type OutputOf,
  type ParsedInputOf,
  type Refused,
} from '#contracts';
import { type Clock } from '#lifecycle';
import { Answers } from '#messaging';
import { RunReader } from '../history/run-reader.js';
import { CLOCK } from '../tokens.js';
import { RunAcceptor } from './accept-runs.js';
import { RunBook } from './run-book.js';

@Controller()
export class RunsController {
  constructor(
    @Inject(RunAcceptor) private readonly acceptor: RunAcceptor,
    @Inject(RunBook) private readonly book: RunBook,
    @Inject(RunReader) private readonly reader: RunReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Answers(AcceptRuns)
  async acceptRuns({ actor, targets, runs }: ParsedInputOf<typeof AcceptRuns>): Promise<OutputOf<typeof AcceptRuns>> {
    const acceptances = runs.map((run) => acceptanceOf(targets[run.target]!, run));
    const answers = await this.acceptor.accept(acceptances, actor);
    return { answers: answers.map((answer) => (isRefused(answer) ? { refusal: answer.refusal } : answer)) };
  }

  @Answers(CancelRun)
  async cancelRun({
    actor,
    runId,
    reason,
  }: ParsedInputOf<typeof CancelRun>): Promise<OutputOf<typeof CancelRun> | Refused> {
    const command = { type: 'CancelRun', at: this.clock.now(), by: actor, reason } as const;
    const [answer] = await this.book.carryOut([{ runId, commands: [command], actor }]);
    return isRefused(answer) ? answer : this.reader.read(runId);
  }
}
