// The network of worker containers: a bridge without a way out, from which only the stack's Redis can be reached.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type Docker from 'dockerode';
import { type Home } from './home.js';

export interface WorkerNetwork {
  name: string;
  /** The address of this machine on the network, for Redis to listen on. */
  gateway: string;
  /** Lets containers reach the given port here and nothing else; says so when the machine has no means to enforce it. */
  allowOnly(port: number, say: (message: string) => void): void;
  /** Removes the network unless containers are still attached to it. */
  remove(): Promise<void>;
}

const stackLabel = 'io.tasksmith.stack';
const homeLabel = 'io.tasksmith.home';

/** The network of this home, made when it is not there. Networks of homes that no longer exist are removed. */
export async function openWorkerNetwork(engine: Docker, home: Home): Promise<WorkerNetwork> {
  await removeAbandoned(engine);
  const name = `tasksmith-${home.id}`;
  const bridge = `ts-${home.id}`;
  const gateway = (await gatewayOf(engine, name)) ?? (await create(engine, { name, bridge, home }));
  const firewall = new BridgeFirewall(bridge);
  return {
    name,
    gateway,
    allowOnly: (port, say) => firewall.allowOnly(port, say),
    remove: async () => {
      if (await removeUnlessInUse(engine, name)) firewall.clear();
    },
  };
}

async function create(
  engine: Docker,
  { name, bridge, home }: { name: string; bridge: string; home: Home },
): Promise<string> {
  await engine.createNetwork({
    Name: name,
    Driver: 'bridge',
    // No route to anywhere else.
    Internal: true,
    CheckDuplicate: true,
    Labels: { [stackLabel]: home.id, [homeLabel]: home.path },
    // Workers do not talk to each other either.
    Options: { 'com.docker.network.bridge.name': bridge, 'com.docker.network.bridge.enable_icc': 'false' },
  });
  const gateway = await gatewayOf(engine, name);
  if (gateway) return gateway;
  throw new Error(`The Docker network ${name} has no gateway address, so workers in it could not reach Redis`);
}

async function gatewayOf(engine: Docker, name: string): Promise<string | undefined> {
  const networks = await engine.listNetworks({ filters: { name: [name] } });
  return networks.find((network) => network.Name === name)?.IPAM?.Config?.[0]?.['Gateway'];
}

async function removeAbandoned(engine: Docker): Promise<void> {
  const networks = await engine.listNetworks({ filters: { label: [stackLabel] } });
  const abandoned = networks.filter(({ Labels }) => Labels?.[homeLabel] && !existsSync(Labels[homeLabel]));
  await Promise.all(abandoned.map(({ Name }) => removeUnlessInUse(engine, Name)));
}

async function removeUnlessInUse(engine: Docker, name: string): Promise<boolean> {
  try {
    await engine.getNetwork(name).remove();
    return true;
  } catch {
    // Still in use, already gone, or the engine is: in each case there is nothing more to do here.
    return false;
  }
}

/**
 * An internal network still reaches every port that this machine has open on the bridge's address. A chain of rules for what
 * comes in from the bridge narrows that down to Redis.
 */
class BridgeFirewall {
  private readonly chain: string;

  constructor(private readonly bridge: string) {
    this.chain = `TASKSMITH-${bridge}`;
  }

  allowOnly(port: number, say: (message: string) => void): void {
    this.clear();
    const isEnforced =
      iptables('-N', this.chain) &&
      iptables('-A', this.chain, '-p', 'tcp', '--dport', String(port), '-j', 'ACCEPT') &&
      iptables('-A', this.chain, '-j', 'DROP') &&
      iptables('-I', 'INPUT', '-i', this.bridge, '-j', this.chain);
    if (isEnforced) return;
    this.clear();
    say(
      'Worker containers can reach every port that this machine opens to them, not Redis alone: iptables is not usable here',
    );
  }

  clear(): void {
    while (iptables('-D', 'INPUT', '-i', this.bridge, '-j', this.chain));
    iptables('-F', this.chain);
    iptables('-X', this.chain);
  }
}

function iptables(...args: string[]): boolean {
  const env = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  return spawnSync('iptables', ['-w', '5', ...args], { env, stdio: 'ignore' }).status === 0;
}
