// Two network namespaces and one cable: a client that reaches only the lab server. Requires root; no packet leaves the machine.
import { execFileSync } from 'node:child_process';

export const SERVER = '10.77.0.1';
export const CLIENT = '10.77.0.2';
/** Every name of the lab has an address in it. */
const ALL_NAMES = '198.18.0.0/15';
/** Half of a round trip. */
const DELAY = '20ms';

export interface LabNetwork {
  /** Words that run a program on this side. */
  readonly onServer: readonly string[];
  readonly onClient: readonly string[];
  readonly clientInterface: string;
  remove(): void;
}

const run = (...words: readonly string[]): void => {
  const [program = '', ...rest] = words;
  execFileSync(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
};

/** What some machines do not have; a recording is good without. */
function tryToRun(without: string, ...words: readonly string[]): void {
  const [program = '', ...rest] = words;
  try {
    execFileSync(program, rest, { stdio: 'ignore' });
  } catch {
    console.warn(`${words.slice(4, 6).join(' ')} does not work here: ${without}`);
  }
}

export function makeNetwork(): LabNetwork {
  const [server, client] = [`wtlab-s${process.pid}`, `wtlab-c${process.pid}`];
  const [far, near] = [`wls${process.pid}`, `wlc${process.pid}`];
  const onServer = ['ip', 'netns', 'exec', server];
  const onClient = ['ip', 'netns', 'exec', client];
  const remove = (): void => {
    for (const name of [server, client]) {
      try {
        run('ip', 'netns', 'del', name);
      } catch {
        // It does not exist.
      }
    }
  };
  try {
    for (const name of [server, client]) run('ip', 'netns', 'add', name);
    run('ip', 'link', 'add', far, 'netns', server, 'type', 'veth', 'peer', 'name', near, 'netns', client);
    const sides = [
      { side: onServer, port: far, address: SERVER },
      { side: onClient, port: near, address: CLIENT },
    ];
    for (const { side, port, address } of sides) {
      run(...side, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
      run(...side, 'ip', 'addr', 'add', `${address}/24`, 'dev', port);
      run(...side, 'ip', 'link', 'set', 'lo', 'up');
      run(...side, 'ip', 'link', 'set', port, 'up');
      tryToRun(
        'there is no delay',
        ...side,
        'tc',
        'qdisc',
        'add',
        'dev',
        port,
        'root',
        'netem',
        'delay',
        DELAY,
      );
      const offload = ['tso', 'off', 'gso', 'off', 'gro', 'off'];
      tryToRun('segments are larger than on a wire', ...side, 'ethtool', '-K', port, ...offload);
    }
    run(...onServer, 'ip', 'route', 'add', 'local', ALL_NAMES, 'dev', 'lo');
    run(...onClient, 'ip', 'route', 'add', 'default', 'via', SERVER);
  } catch (error) {
    remove();
    throw error;
  }
  return { onServer, onClient, clientInterface: near, remove };
}
