// Two network namespaces of the test's own with a veth pair between them, a fast sender in one and `watch` in the other.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { UsageRow, UsageWindow } from '../../src/model/usage.ts';
import { readUsageFile } from '../../src/store/usage-file.ts';
import { temporaryFolder } from '../temporary.ts';

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
export const CLI = resolve(process.env.WIRETALLY_CLI ?? 'dist/cli/main.js');

/** Prints why and returns true when live tests cannot run here. */
export function lacksLiveTools(): boolean {
  const missing = ['ip', 'mount', 'unshare', 'tcpdump', 'cc', 'setpriv', 'taskset'].find((program) => {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { env });
      return false;
    } catch {
      return true;
    }
  });
  if (missing === undefined && process.getuid?.() === 0) {
    try {
      execFileSync('unshare', ['-n', 'true'], { env });
      return false;
    } catch {
      // reported below
    }
  }
  const reason = missing === undefined ? 'needs root and network namespaces' : `${missing} is not installed`;
  console.warn(`skipped: no live capture was tried out (${reason})`);
  return true;
}

export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { env, encoding: 'utf8' });
}

export function scratch(): string {
  return temporaryFolder('live');
}

export interface Running {
  readonly child: ChildProcess;
  stderr(): string;
  stdout(): string;
  /** Resolves when stderr holds the text; rejects after a while, and when the process ends before. */
  says(text: RegExp): Promise<void>;
  /** Sends the signal and resolves with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  ended: Promise<number | null>;
}

/** Generous: the machine may be busy with other things. */
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 50;
/** A sender that the kernel moves to another processor overtakes itself: veth has a queue on each. */
const ONE_CPU = [
  'taskset',
  '-c',
  /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0',
];
/** For tests that wait several times. */
export const LIVE_TEST_MS = 3 * PATIENCE_MS;

export interface Watching extends Running {
  /** Resolves after N packets have been read or dropped since the start. */
  sees(packets: number): Promise<void>;
}

/** Resolves when the condition holds; rejects after a while. */
export async function holds(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`in vain waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** Largest packet on the wire, Ethernet header aside. */
export const FRAME_ROOM_BYTES = 9000;
/** RFC 2544: addresses for measurements. */
export const SENDER = '198.18.0.1';
const WATCHER = '198.18.0.2';

export class LiveNetwork {
  readonly sender = `wtl-a-${process.pid}`;
  readonly watcher = `wtl-b-${process.pid}`;
  #running: Running[] = [];
  readonly #program: string;

  constructor() {
    for (const name of [this.sender, this.watcher]) {
      run('ip', 'netns', 'add', name);
      // The sender must be the only source of traffic.
      this.inside(name, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
    }
    run('ip', '-n', this.watcher, 'link', 'set', 'lo', 'up');
    this.plug();
    mkdirSync('build', { recursive: true });
    this.#program = resolve(`build/send_packets-${process.pid}`);
    run('cc', '-O2', '-o', this.#program, 'bench/send_packets.c');
  }

  /** A new pair: wt0 at the sender's, wt1 at the watcher's. */
  plug(): void {
    run(
      'ip',
      'link',
      'add',
      'wt0',
      'netns',
      this.sender,
      'type',
      'veth',
      'peer',
      'name',
      'wt1',
      'netns',
      this.watcher,
    );
    run('ip', '-n', this.sender, 'link', 'set', 'wt0', 'mtu', String(FRAME_ROOM_BYTES), 'up');
    run('ip', '-n', this.watcher, 'link', 'set', 'wt1', 'mtu', String(FRAME_ROOM_BYTES), 'up');
  }

  unplug(): void {
    run('ip', '-n', this.watcher, 'link', 'del', 'wt1');
  }

  setLink(state: 'up' | 'down'): void {
    run('ip', '-n', this.watcher, 'link', 'set', 'wt1', state);
  }

  inside(namespace: string, ...command: string[]): string {
    return run('ip', 'netns', 'exec', namespace, ...command);
  }

  /** Sends packets of a classic pcap file in a loop; returns their number. */
  send(file: string, packets: number, perSecond?: number): number {
    const rate = perSecond === undefined ? [] : [String(perSecond)];
    const output = this.inside(this.sender, ...ONE_CPU, this.#program, file, 'wt0', String(packets), ...rate);
    return Number(/"sent":(\d+)/.exec(output)?.[1]);
  }

  /** Sends from an interface of the watcher, at full speed. */
  sendOn(link: string, file: string, packets: number): void {
    this.inside(this.watcher, ...ONE_CPU, this.#program, file, link, String(packets));
  }

  /** Gives both ends an address. */
  address(): void {
    run('ip', '-n', this.sender, 'addr', 'add', `${SENDER}/24`, 'dev', 'wt0');
    run('ip', '-n', this.watcher, 'addr', 'add', `${WATCHER}/24`, 'dev', 'wt1');
  }

  /** Some bytes over TCP from the sender to the watcher, by the kernel and its offloads. */
  async transfer(bytes: number): Promise<void> {
    const taker = `require('node:net').createServer((socket) => socket.resume().on('end', () => process.exit(0)))
      .listen(9999, '${WATCHER}', () => console.error('ready'))`;
    const listener = this.start(process.execPath, '-e', taker);
    await listener.says(/ready/);
    const giver = `require('node:net').connect(9999, '${WATCHER}').end(Buffer.alloc(${bytes}))`;
    this.inside(this.sender, process.execPath, '-e', giver);
    await listener.ended;
  }

  start(...command: string[]): Running {
    const child = spawn('ip', ['netns', 'exec', this.watcher, ...command], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = follow(child);
    this.#running.push(running);
    return running;
  }

  /** The same, but as a user without rights. */
  startAsNobody(...words: string[]): Running {
    const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all'];
    return this.startInReach(asNobody, ...words);
  }

  /**
   * The program, started by `starter`, for unprivileged users: in its own mount namespace it and Node have other
   * paths, because their folders may be inaccessible.
   */
  startInReach(starter: readonly string[], ...words: string[]): Running {
    return this.#startElsewhere(0o755, starter, words);
  }

  /** The same at a path accessible to root only. */
  startOutOfReach(starter: readonly string[], ...words: string[]): Running {
    return this.#startElsewhere(0o700, starter, words);
  }

  #startElsewhere(mode: number, starter: readonly string[], words: readonly string[]): Running {
    const place = scratch();
    chmodSync(place, mode);
    const [folder, node] = [join(place, 'wiretally'), join(place, 'node')];
    mkdirSync(folder);
    writeFileSync(node, '');
    const root = resolve(dirname(CLI), '../..');
    const mount = 'mount --bind "$1" "$2" && mount --bind "$3" "$4" && shift 4 && exec "$@"';
    const mounts = [root, folder, process.execPath, node];
    const program = [node, join(folder, relative(root, CLI)), ...words];
    return this.start('sh', '-c', mount, 'sh', ...mounts, ...starter, ...program);
  }

  async watch(...options: string[]): Promise<Watching> {
    const running = this.start(process.execPath, CLI, 'watch', '-i', 'wt1', ...options);
    await running.says(/watching wt1/);
    const total = (): number => {
      const [, read, dropped] =
        [...running.stderr().matchAll(/total (\d+) packets, dropped (\d+)/g)].at(-1) ?? [];
      return Number(read ?? 0) + Number(dropped ?? 0);
    };
    const sees = (packets: number): Promise<void> =>
      holds(`${packets} packets seen`, () => {
        running.child.kill('SIGUSR1');
        return total() >= packets;
      });
    return { ...running, sees };
  }

  /** What a test that failed has left running would make the next ones fail: it has the port. */
  async endAll(): Promise<void> {
    const ended = this.#running.map((running) => running.end('SIGKILL'));
    this.#running = [];
    await Promise.all(ended);
  }

  close(): void {
    for (const { child } of this.#running) if (child.exitCode === null) child.kill('SIGKILL');
    for (const name of [this.sender, this.watcher]) run('ip', 'netns', 'del', name);
    run('rm', '-f', this.#program);
  }
}

function follow(child: ChildProcess): Running {
  let stderr = '';
  let stdout = '';
  let changed: () => void = () => undefined;
  child.stderr?.on('data', (data: Buffer) => {
    stderr += data.toString('utf8');
    changed();
  });
  child.stdout?.on('data', (data: Buffer) => {
    stdout += data.toString('utf8');
  });
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  return {
    child,
    stderr: () => stderr,
    stdout: () => stdout,
    ended,
    async says(text) {
      const until = Date.now() + PATIENCE_MS;
      let isEnded = false;
      void ended.then(() => {
        isEnded = true;
        changed();
      });
      while (!text.test(stderr)) {
        if (isEnded || Date.now() > until) throw new Error(`${text} was not said:\n${stderr}`);
        await new Promise<void>((wake) => {
          changed = wake;
          setTimeout(wake, 200);
        });
      }
    },
    end(signal = 'SIGINT') {
      child.kill(signal);
      return ended;
    },
  };
}

export async function windowsOf(folder: string): Promise<UsageWindow[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.usage'));
  const parts = await Promise.all(files.map((name) => readUsageFile(join(folder, name))));
  return parts.flatMap((part) => part.windows).sort((a, b) => a.startSeconds - b.startSeconds);
}

/** What hosts did: without the sensor's name and statistics. */
export function facts(windows: readonly UsageWindow[]): unknown[] {
  return windows
    .filter(({ hosts, rows, queriedNames }) => hosts.length + rows.length + queriedNames.length > 0)
    .map(({ startSeconds, hosts, rows, queriedNames }) => ({ startSeconds, hosts, rows, queriedNames }));
}

export function hostsByWindow(windows: readonly UsageWindow[]): unknown[] {
  return windows
    .filter(({ hosts }) => hosts.length > 0)
    .map(({ startSeconds, hosts }) => ({
      startSeconds,
      hosts: hosts.map(({ host, flows, packets, bytesUp, bytesDown }) => ({
        host,
        flows,
        packets,
        bytesUp,
        bytesDown,
      })),
    }));
}

/** Traffic of hosts, over all windows. */
export function sumsOf(windows: readonly UsageWindow[]): Readonly<Record<string, readonly number[]>> {
  const sums: Record<string, number[]> = {};
  const add = (key: string, ...figures: number[]): void => {
    sums[key] = figures.map((figure, i) => figure + (sums[key]?.[i] ?? 0));
  };
  const useEstimatesOf = (row: UsageRow): number[] => [
    ...[row.flows, row.establishedFlows, row.failedFlows, row.packetsUp, row.packetsDown],
    ...[row.bytesUp, row.bytesDown, row.payloadUp, row.payloadDown, row.exchanges.length],
  ];
  for (const { hosts, rows, queriedNames } of windows) {
    for (const { host, flows, packets, bytesUp, bytesDown } of hosts) {
      add(host, flows, packets, bytesUp, bytesDown);
    }
    for (const row of rows) add(`${row.host} ${row.name} ${row.nameFrom}`, ...useEstimatesOf(row));
    for (const { host, name, count } of queriedNames) add(`${host} asked ${name}`, count);
  }
  return sums;
}

export function statsSum(
  windows: readonly UsageWindow[],
  field: 'packets' | 'kernelDrops' | 'flows',
): number {
  return windows.reduce((sum, window) => sum + window.stats[field], 0);
}

/** A classic pcap file of Ethernet frames. */
export function writePcap(file: string, frames: readonly Uint8Array[]): void {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  const parts: Uint8Array[] = [head];
  for (const frame of frames) {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    parts.push(record, frame);
  }
  writeFileSync(file, Buffer.concat(parts));
}

/** Frames of a classic little-endian pcap. */
export function framesOf(pcap: Uint8Array): Uint8Array[] {
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 24; at + 16 <= pcap.length; ) {
    const length = view.getUint32(at + 8, true);
    frames.push(pcap.subarray(at + 16, at + 16 + length));
    at += 16 + length;
  }
  return frames;
}
