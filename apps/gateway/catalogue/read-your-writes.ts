/**
 * What an answer says of a task holds for the calls that follow it: before it is given, the catalogue reads the streams of the tasks it speaks of.
 * Without, a caller who has seen a deployment become active might still reach the version before, until the catalogue has followed the log.
 */
import {
  ActivateTaskVersion,
  DeprecateTask,
  type DeploymentStatus,
  type DeploymentView,
  GetDeployment,
  type InputOf,
  isRefused,
  type OutputOf,
  type Refused,
  RegisterTask,
  RemoveTask,
  type Request,
  ReviseTask,
  type TaskDetailsView,
  type TaskName,
} from '#contracts';
import { type Requester, type RequestOptions } from '#messaging';
import { type Catalogue } from './catalogue.js';

/** Those of a deployment whose tasks have been published, or retired. */
const statusesThatTell: readonly DeploymentStatus[] = ['active', 'draining', 'stopped'];

export class ReadYourWrites implements Requester {
  constructor(
    private readonly requester: Requester,
    private readonly catalogue: Pick<Catalogue, 'readNow'>,
  ) {}

  async request<R extends Request>(
    request: R,
    input: InputOf<R>,
    options?: RequestOptions,
  ): Promise<OutputOf<R> | Refused> {
    const answer = await this.requester.request(request, input, options);
    if (!isRefused(answer)) await this.catalogue.readNow(tasksTold(request, input, answer));
    return answer;
  }
}

function tasksTold(request: Request, input: unknown, answer: unknown): readonly TaskName[] {
  switch (request) {
    case RegisterTask:
    case ReviseTask:
    case ActivateTaskVersion:
    case DeprecateTask:
      return [(answer as TaskDetailsView).name];
    case RemoveTask:
      return [(input as InputOf<typeof RemoveTask>).task as TaskName];
    case GetDeployment: {
      const { status, tasks } = answer as DeploymentView;
      return statusesThatTell.includes(status) ? tasks : [];
    }
    default:
      return [];
  }
}
