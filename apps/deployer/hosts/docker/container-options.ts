/** The profile of every container that runs code of a bundle. */
import { type ContainerCreateOptions } from 'dockerode';
import { faultsOfContainer } from './container-policy.js';

export interface ContainerLimits {
  memoryMb: number;
  cpus: number;
  pids: number;
}

export interface ContainerRequest {
  name: string;
  image: string;
  /** An internal network, or `none`. */
  network: string;
  labels: Record<string, string>;
  env: Readonly<Record<string, string>>;
  limits: ContainerLimits;
  /** Added to the image's entry point. */
  args?: string[];
  /** Whether the engine starts it again when it ends, and with itself. */
  keptRunning: boolean;
}

/** Nobody on the host, and the owner of nothing in the image. */
const USER = '10001:10001';
const TMPFS = { '/tmp': 'rw,nosuid,nodev,size=64m,mode=1777' };
const LOGS = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } };

/** @throws when the policy finds fault, which would be a bug here. */
export function containerOptions(request: ContainerRequest): ContainerCreateOptions & { name: string } {
  const { name, image, network, labels, env, limits, args, keptRunning } = request;
  const memory = limits.memoryMb * 2 ** 20;
  const options = {
    name,
    Image: image,
    User: USER,
    Labels: labels,
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    ...(args ? { Cmd: args } : {}),
    AttachStdin: false,
    OpenStdin: false,
    Tty: false,
    StopTimeout: 10,
    HostConfig: {
      Init: true,
      RestartPolicy: { Name: keptRunning ? 'unless-stopped' : 'no' },
      NetworkMode: network,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: TMPFS,
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round(limits.cpus * 1e9),
      PidsLimit: limits.pids,
      Ulimits: [{ Name: 'nofile', Soft: 1_024, Hard: 4_096 }],
      OomScoreAdj: 500,
      LogConfig: LOGS,
    },
  };
  const faults = faultsOfContainer(options);
  if (faults.length > 0) throw new Error(`the policy refuses container ${name}: it ${faults.join(', it ')}`);
  return options;
}
