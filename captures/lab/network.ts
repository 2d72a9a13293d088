// Three network namespaces in a row: a client, the bridge that all its packets pass, and the lab server. Requires root; no packet
// leaves the machine.
import { execFileSync } from 'node:child_process';

export const SERVER = '10.77.0.1';
/** Its own address of the lab server, next to the client. */
export const PROXY = '10.77.0.3';
export const SECOND_RESOLVER = '10.77.0.4';
export const CLIENT = '10.77.0.2';
/** Every name of the lab has an address in it. */
const ALL_NAMES = '198.18.0.0/15';
export const ALL_NAMES_6 = '2001:db8:1::';

export interface LabNetwork {
  /** Words that run a program on this side. */
  readonly onServer: readonly string[];
  readonly onBridge: readonly string[];
  readonly onClient: readonly string[];
  readonly clientInterface: string;
  /** Of the bridge: to the client, to the server. */
  readonly bridgeInterfaces: readonly [string, string];
  remove(): void;
}

const run = (...words: readonly string[]): void => {
  const [program = '', ...rest] = words;
  execFileSync(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
};

/** `hasIp6`: names have IPv6 addresses too. */
export function makeNetwork(hasIp6: boolean): LabNetwork {
  const sides = ['s', 'b', 'c'].map((letter) => `wtlab-${letter}${process.pid}`);
  const [server = '', bridge = '', client = ''] = sides;
  const on = (side: string): string[] => ['ip', 'netns', 'exec', side];
  const [far, out, near, inside] = ['f', 'o', 'n', 'i'].map((letter) => `wl${letter}${process.pid}`);
  const remove = (): void => {
    for (const name of sides) {
      try {
        run('ip', 'netns', 'del', name);
      } catch {
        // It does not exist.
      }
    }
  };
  const addPort = (side: string, port: string, addresses: readonly string[]): void => {
    run(...on(side), 'sysctl', '-qw', `net.ipv6.conf.all.disable_ipv6=${hasIp6 && side !== bridge ? 0 : 1}`);
    for (const address of addresses)
      run(
        ...on(side),
        'ip',
        'addr',
        'add',
        address,
        'dev',
        port,
        ...(address.includes(':') ? ['nodad'] : []),
      );
    run(...on(side), 'ip', 'link', 'set', 'lo', 'up');
    run(...on(side), 'ip', 'link', 'set', port, 'up');
    // The bridge computes no checksums, and a wire carries no super-frames.
    run(...on(side), 'ethtool', '-K', port, ...['tx', 'tso', 'gso', 'gro'].flatMap((one) => [one, 'off']));
  };
  const link = (a: string, sideA: string, b: string, sideB: string): void =>
    run('ip', 'link', 'add', a, 'netns', sideA, 'type', 'veth', 'peer', 'name', b, 'netns', sideB);
  try {
    for (const name of sides) run('ip', 'netns', 'add', name);
    link(far ?? '', server, out ?? '', bridge);
    link(inside ?? '', bridge, near ?? '', client);
    const ip6 = (address: string): string[] => (hasIp6 ? [address] : []);
    addPort(server, far ?? '', [
      ...[SERVER, PROXY, SECOND_RESOLVER].map((one) => `${one}/24`),
      ...ip6('2001:db8:77::1/64'),
    ]);
    addPort(bridge, out ?? '', []);
    addPort(bridge, inside ?? '', []);
    addPort(client, near ?? '', [`${CLIENT}/24`, ...ip6('2001:db8:77::2/64')]);
    run(...on(server), 'ip', 'route', 'add', 'local', ALL_NAMES, 'dev', 'lo');
    run(...on(client), 'ip', 'route', 'add', 'default', 'via', SERVER);
    if (hasIp6) {
      run(...on(server), 'ip', '-6', 'route', 'add', 'local', `${ALL_NAMES_6}/48`, 'dev', 'lo');
      run(...on(client), 'ip', '-6', 'route', 'add', 'default', 'via', '2001:db8:77::1');
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    onServer: on(server),
    onBridge: on(bridge),
    onClient: on(client),
    clientInterface: near ?? '',
    bridgeInterfaces: [inside ?? '', out ?? ''],
    remove,
  };
}
