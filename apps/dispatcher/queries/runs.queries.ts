/** Requests that read. */
import { Controller, Inject } from '@nestjs/common';
import {
  GetLaneLoad,
  GetRun,
  GetRunEvents,
  GetRunStatuses,
  isRefused,
  type Lane,
  ListQueues,
  ListRuns,
  type OutputOf,
  type ParsedInputOf,
  type Refused,
} from '#contracts';
import { Answers } from '#messaging';
import { QueueList } from './queue-list.js';
import { RunList } from './run-list.js';
import { RunReader } from '../history/run-reader.js';

@Controller()
export class RunsQueries {
  constructor(
    @Inject(RunReader) private readonly reader: RunReader,
    @Inject(RunList) private readonly runs: RunList,
    @Inject(QueueList) private readonly queues: QueueList,
  ) {}

  @Answers(GetRun)
  getRun({ runId }: ParsedInputOf<typeof GetRun>): Promise<OutputOf<typeof GetRun> | Refused> {
    return this.reader.read(runId);
  }

  @Answers(GetRunStatuses)
  async getRunStatuses({ runIds }: ParsedInputOf<typeof GetRunStatuses>): Promise<OutputOf<typeof GetRunStatuses>> {
    return { statuses: await this.reader.statuses(runIds) };
  }

  @Answers(GetRunEvents)
  async getRunEvents({ runId }: ParsedInputOf<typeof GetRunEvents>): Promise<OutputOf<typeof GetRunEvents> | Refused> {
    const events = await this.reader.events(runId);
    return isRefused(events) ? events : { events };
  }

  @Answers(ListRuns)
  listRuns(request: ParsedInputOf<typeof ListRuns>): Promise<OutputOf<typeof ListRuns> | Refused> {
    return this.runs.list(request);
  }

  @Answers(ListQueues)
  async listQueues(): Promise<OutputOf<typeof ListQueues>> {
    return { queues: await this.queues.list() };
  }

  @Answers(GetLaneLoad)
  getLaneLoad({ lane }: ParsedInputOf<typeof GetLaneLoad>): Promise<OutputOf<typeof GetLaneLoad>> {
    return this.queues.loadOf(lane as Lane);
  }
}
