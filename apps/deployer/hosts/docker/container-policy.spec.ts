import { type ContainerCreateOptions, type HostConfig } from 'dockerode';
import { describe, expect, it } from 'vitest';
import { containerOptions } from './container-options.js';
import { faultsOfContainer } from './container-policy.js';

const worker = containerOptions({
  name: 'add_default_worker',
  image: 'tasksmith-add:1',
  network: 'tasksmith-workers',
  labels: {},
  env: { REDIS_HOST: 'redis' },
  limits: { memoryMb: 512, cpus: 1, pids: 256 },
  keptRunning: true,
});
const withHost = (host: HostConfig): ContainerCreateOptions => ({
  ...worker,
  HostConfig: { ...worker.HostConfig, ...host },
});

describe('the policy for containers', () => {
  it('finds no fault with a worker', () => {
    expect(faultsOfContainer(worker)).toEqual([]);
  });

  it('pins the profile of a worker', () => {
    expect(worker).toMatchObject({
      User: '10001:10001',
      HostConfig: {
        Init: true,
        RestartPolicy: { Name: 'unless-stopped' },
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: true,
        Memory: 536_870_912,
        MemorySwap: 536_870_912,
        NanoCpus: 1_000_000_000,
        PidsLimit: 256,
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
      },
    });
  });

  it.each<[string, HostConfig]>([
    ['is privileged', { Privileged: true }],
    ['adds capabilities', { CapAdd: ['SYS_ADMIN'] }],
    ['does not drop all capabilities', { CapDrop: ['NET_RAW'] }],
    ['may gain privileges', { SecurityOpt: [] }],
    ['turns a security profile off', { SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] }],
    ['can write to its root file system', { ReadonlyRootfs: false }],
    ['mounts something of the host', { Binds: ['/:/host'] }],
    ['mounts something of the host', { Mounts: [{ Type: 'bind', Source: '/', Target: '/host' }] }],
    ['takes the volumes of another container', { VolumesFrom: ['other'] }],
    ['has devices', { Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/sda', CgroupPermissions: 'rwm' }] }],
    ['shares a namespace with the host or another container', { PidMode: 'host' }],
    ['shares a namespace with the host or another container', { NetworkMode: 'host' }],
    ['shares a namespace with the host or another container', { IpcMode: 'container:abc' }],
    ['shares a namespace with the host or another container', { UsernsMode: 'host' }],
    ['publishes ports', { PortBindings: { '80/tcp': [{ HostPort: '80' }] } }],
    ['is on the open network', { NetworkMode: 'bridge' }],
    ['has no limit on memory, or may swap', { MemorySwap: -1 }],
    ['has no limit on processes', { PidsLimit: 0 }],
    ['has no limit on CPU', { NanoCpus: 0 }],
    ['has no limit on its log', { LogConfig: { Type: 'json-file', Config: {} } }],
  ])('refuses one that %s', (fault, host) => {
    expect(faultsOfContainer(withHost(host))).toContain(fault);
  });

  it('refuses one that runs as root, or by a name that could be root', () => {
    for (const User of ['', '0:0', 'root', '1000:0', 'worker'])
      expect(faultsOfContainer({ ...worker, User })).toEqual(['runs as root or as a user that is not numeric']);
  });
});
