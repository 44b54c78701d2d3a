/** What the engine says of a container, in words of the port. */
import { type ContainerInspectInfo } from 'dockerode';
import { type WorkerView } from '#contracts';

type State = ContainerInspectInfo['State'];

export const isUp = (state: string): boolean => state === 'running' || state === 'restarting';

export function stateOf({ Restarting, Running }: State): WorkerView['state'] {
  if (Restarting) return 'restarting';
  return Running ? 'running' : 'exited';
}

/** Why it does not run; empty when it does. */
export function detailOf({ OOMKilled, Running, Restarting, ExitCode, Error: error }: State): string {
  if (OOMKilled) return 'ran out of memory and was killed';
  if (Running && !Restarting) return '';
  return error ? error : `exited with ${ExitCode}`;
}
