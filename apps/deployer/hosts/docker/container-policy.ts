/** The last check before a container is made: the Docker socket is root on the host, so what it is asked for is looked at once more. */
import { type ContainerCreateOptions, type HostConfig } from 'dockerode';

/** What a worker container may never have; empty when all is well. */
export function faultsOfContainer(options: ContainerCreateOptions): string[] {
  const host = options.HostConfig ?? {};
  return [...faultsOfUser(options), ...faultsOfRights(host), ...faultsOfReach(host), ...faultsOfLimits(host)];
}

function faultsOfUser({ User, Volumes }: ContainerCreateOptions): string[] {
  return [
    ...when(!/^[1-9]\d*:[1-9]\d*$/.test(User ?? ''), 'runs as root or as a user that is not numeric'),
    ...when(Object.keys(Volumes ?? {}).length > 0, 'has volumes'),
  ];
}

function faultsOfRights(host: HostConfig): string[] {
  const security: string[] = host.SecurityOpt ?? [];
  return [
    ...when(host.Privileged === true, 'is privileged'),
    ...when((host.CapAdd ?? []).length > 0, 'adds capabilities'),
    ...when(!(host.CapDrop ?? []).includes('ALL'), 'does not drop all capabilities'),
    ...when(!security.includes('no-new-privileges'), 'may gain privileges'),
    ...when(
      security.some((option) => /unconfined|label[:=]disable/.test(option)),
      'turns a security profile off',
    ),
    ...when(host.ReadonlyRootfs !== true, 'can write to its root file system'),
  ];
}

function faultsOfReach(host: HostConfig): string[] {
  const { PidMode, IpcMode, UTSMode, UsernsMode, NetworkMode } = host;
  const namespaces = [PidMode, IpcMode, UTSMode, UsernsMode, NetworkMode];
  return [
    ...when((host.Binds ?? []).length > 0 || (host.Mounts ?? []).length > 0, 'mounts something of the host'),
    ...when((host.VolumesFrom ?? []).length > 0, 'takes the volumes of another container'),
    ...when((host.Devices ?? []).length > 0 || (host.DeviceRequests ?? []).length > 0, 'has devices'),
    ...when((host.DeviceCgroupRules ?? []).length > 0, 'has rules for devices'),
    ...when(
      namespaces.some((mode) => /^(host|container:)/.test(mode ?? '')),
      'shares a namespace with the host or another container',
    ),
    ...when(Object.keys(host.PortBindings ?? {}).length > 0 || host.PublishAllPorts === true, 'publishes ports'),
    ...when(host.NetworkMode === undefined || /^(default|bridge)$/.test(host.NetworkMode), 'is on the open network'),
  ];
}

function faultsOfLimits(host: HostConfig): string[] {
  const { Memory = 0, MemorySwap, PidsLimit, NanoCpus = 0, LogConfig } = host;
  return [
    ...when(Memory <= 0 || MemorySwap !== Memory, 'has no limit on memory, or may swap'),
    ...when(!PidsLimit || PidsLimit <= 0, 'has no limit on processes'),
    ...when(NanoCpus <= 0, 'has no limit on CPU'),
    ...when(LogConfig?.Config?.['max-size'] === undefined, 'has no limit on its log'),
  ];
}

const when = (isSo: boolean, fault: string): string[] => (isSo ? [fault] : []);
