/** What may be asked of a deployment. `at` is milliseconds since 1970. */
import {
  type DeploymentStage,
  type RefusalCode,
  type SmokeTestResult,
  type StartedWorker,
  type TaskDeclaration,
} from '#contracts';
import { type Requested } from './deployment.state.js';

export type DeploymentCommand =
  | ({ type: 'RequestDeployment'; path: string } & Omit<Requested, 'type'>)
  | { type: 'StartBuild'; at: number; host: 'docker' | 'process' }
  | { type: 'RecordBuilt'; at: number; image: string; tasks: TaskDeclaration[]; durationMs: number }
  | { type: 'RecordWorkersStarted'; at: number; workers: StartedWorker[]; durationMs: number }
  | { type: 'RecordTested'; at: number; results: SmokeTestResult[]; durationMs: number }
  | { type: 'Activate'; at: number }
  | { type: 'Fail'; at: number; stage: DeploymentStage; code: RefusalCode; message: string; log: string[] }
  | { type: 'AddLog'; at: number; stage: DeploymentStage; lines: string[] }
  | { type: 'Supersede'; at: number; byDeploymentId: string }
  | { type: 'RequestStop'; at: number; by: string; reason: string }
  | { type: 'RecordStopped'; at: number };

export type CommandOf<T extends DeploymentCommand['type']> = Extract<DeploymentCommand, { type: T }>;
