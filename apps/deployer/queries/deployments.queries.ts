/** Requests that only read. One deployment is folded from its stream, so that what was answered is found; lists come from the view. */
import { Controller, Inject } from '@nestjs/common';
import { ArrayContains, type DataSource, LessThan } from 'typeorm';
import {
  type DeploymentEvent,
  DeploymentId,
  type DeploymentView,
  GetBundleFiles,
  GetDeployment,
  GetDeploymentLog,
  type InlineFile,
  isRefused,
  ListDeployments,
  ListWorkers,
  type OutputOf,
  type ParsedInputOf,
  type Refused,
  refuse,
  streamOf,
  type WorkerView,
} from '#contracts';
import { type EventLog } from '#event-store';
import { Answers } from '#messaging';
import { readViews } from '#service';
import { type BundleFile, type BundleStore } from '../bundles/index.js';
import { unknownDeployment, viewOf } from '../deployment/index.js';
import { type DeploymentHandler } from '../deployment-handler.js';
import { HostFailure, type WorkerHost } from '../hosts/index.js';
import { DEPLOYMENTS_READER } from '../tokens.js';
import { type LiveDeployments } from './live-deployments.js';
import { DeploymentRow } from './rows.js';
import { workersOf } from './workers.js';

export interface DeploymentsReader {
  readonly handler: Pick<DeploymentHandler, 'load'>;
  readonly log: Pick<EventLog, 'readStream'>;
  readonly views: DataSource;
  readonly live: LiveDeployments;
  readonly store: BundleStore;
  readonly host: Pick<WorkerHost, 'list' | 'logs'>;
  /** Resolves when the view holds everything that is committed now. */
  catchUp(): Promise<void>;
}

@Controller()
export class DeploymentsQueries {
  constructor(@Inject(DEPLOYMENTS_READER) private readonly reader: DeploymentsReader) {}

  @Answers(GetDeployment)
  async getDeployment({ deploymentId }: ParsedInputOf<typeof GetDeployment>): Promise<DeploymentView | Refused> {
    const { state } = await this.reader.handler.load(deploymentId);
    return state ? viewOf(deploymentId, state) : unknownDeployment(deploymentId);
  }

  @Answers(GetDeploymentLog)
  async getDeploymentLog({
    deploymentId,
    tail,
  }: ParsedInputOf<typeof GetDeploymentLog>): Promise<OutputOf<typeof GetDeploymentLog> | Refused> {
    const recorded = await this.reader.log.readStream(streamOf('deployment', deploymentId));
    if (recorded.length === 0) return unknownDeployment(deploymentId);
    const build = recorded.flatMap(({ event }) => linesOf(event as DeploymentEvent)).slice(-tail);
    return { build, workers: await this.workerLogs(deploymentId, tail) };
  }

  @Answers(GetBundleFiles)
  async getBundleFiles({
    deploymentId,
  }: ParsedInputOf<typeof GetBundleFiles>): Promise<OutputOf<typeof GetBundleFiles> | Refused> {
    const { state } = await this.reader.handler.load(deploymentId);
    if (!state) return unknownDeployment(deploymentId);
    const bundle = await this.reader.store.load(state.requested.bundleSha256);
    return { files: bundle.files.map(asInlineFile) };
  }

  /** The newest first: ids sort by the time they were made. The cursor is the last id of the page before. */
  @Answers(ListDeployments)
  async listDeployments(
    input: ParsedInputOf<typeof ListDeployments>,
  ): Promise<OutputOf<typeof ListDeployments> | Refused> {
    const { limit, status, task, queue } = input;
    const before = input.cursor === undefined ? undefined : idOf(input.cursor);
    if (isRefused(before)) return before;
    const where = {
      ...(before === undefined ? {} : { deploymentId: LessThan(before) }),
      ...(status === undefined ? {} : { status }),
      ...(queue === undefined ? {} : { queue }),
      ...(task === undefined ? {} : { tasks: ArrayContains([task]) }),
    };
    return readViews(async () => {
      await this.reader.catchUp();
      const order = { deploymentId: 'DESC' } as const;
      const rows = await this.reader.views.getRepository(DeploymentRow).find({ where, order, take: limit + 1 });
      const page = rows.slice(0, limit);
      return {
        items: page.map(({ deploymentId, state }) => viewOf(deploymentId, state)),
        next: rows.length > limit ? page.at(-1)!.deploymentId : null,
      };
    });
  }

  @Answers(ListWorkers)
  async listWorkers(): Promise<{ workers: WorkerView[] } | Refused> {
    try {
      const [live, hosted] = await Promise.all([this.reader.live.all(), this.reader.host.list()]);
      return { workers: workersOf(live, hosted) };
    } catch (error) {
      if (!(error instanceof HostFailure)) throw error;
      return refuse(error.code, error.message, { hint: 'Running work goes on; try again once the engine answers.' });
    }
  }

  /** Without a host that answers, the log of the build is still worth having. */
  private async workerLogs(id: DeploymentId, tail: number) {
    try {
      return await this.reader.host.logs(id, tail);
    } catch (error) {
      if (error instanceof HostFailure) return [];
      throw error;
    }
  }
}

function linesOf(event: DeploymentEvent): { stage: string; line: string }[] {
  return event.type === 'DeploymentLogged' ? event.lines.map((line) => ({ stage: event.stage, line })) : [];
}

function asInlineFile({ path, bytes }: BundleFile): InlineFile {
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(bytes);
  return isText
    ? { path, content: text, encoding: 'utf8' }
    : { path, content: bytes.toString('base64'), encoding: 'base64' };
}

function idOf(cursor: string): DeploymentId | Refused {
  const parsed = DeploymentId.safeParse(cursor);
  if (parsed.success) return parsed.data;
  return refuse('request.invalid', 'The cursor is not one that this list has given.', {
    details: { field: '/cursor' },
  });
}
