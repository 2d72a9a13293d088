// Two network namespaces of the measurement's own with a veth pair between them: a sender in one, programs in the other.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';

const PROGRAM = 'build/bench/send_packets';
/** The most that veth takes: hostile messages are as long as a datagram can be. */
const FRAME_ROOM_BYTES = 65_535;
/** A sender that the kernel moves to another processor overtakes itself: veth has a queue on each. */
const ONE_CPU = ['taskset', '-c', '0'];

export interface Listener {
  readonly child: ChildProcess;
  stderr(): string;
  stdout(): string;
  /** Resolves when stderr holds the text. */
  says(text: RegExp): Promise<void>;
  /** CPU seconds so far, resident MiB and open files. */
  costs(): { readonly cpuSeconds: number; readonly residentMiB: number; readonly files: number };
  end(): Promise<void>;
}

export class VethPair {
  readonly #inside = `wtb-a-${process.pid}`;
  readonly #outside = `wtb-b-${process.pid}`;
  readonly #children: ChildProcess[] = [];
  static readonly interface = 'wt1';

  constructor() {
    buildSender();
    for (const name of [this.#inside, this.#outside]) {
      ip('netns', 'add', name);
      ip('netns', 'exec', name, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    ip(
      'link',
      'add',
      'wt0',
      'netns',
      this.#inside,
      'type',
      'veth',
      'peer',
      'name',
      'wt1',
      'netns',
      this.#outside,
    );
    for (const [name, link] of [
      [this.#inside, 'wt0'],
      [this.#outside, 'wt1'],
    ] as const) {
      ip('-n', name, 'link', 'set', link, 'mtu', String(FRAME_ROOM_BYTES), 'up');
    }
  }

  listen(...command: string[]): Listener {
    const child = spawn('ip', ['netns', 'exec', this.#outside, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    return listenerOf(child);
  }

  /** Sends in a loop; rate 0 is unlimited. Resolves with the number of packets sent and the seconds. */
  send(
    file: string,
    packets: number,
    perSecond: number,
    ...more: 'renew'[]
  ): Promise<{ sent: number; seconds: number }> {
    const words = [...ONE_CPU, PROGRAM, file, 'wt0', String(packets), String(perSecond), ...more];
    const child = spawn('ip', ['netns', 'exec', this.#inside, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    return new Promise((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (data: Buffer) => {
        text += data.toString('utf8');
      });
      child.once('close', (code) => {
        if (code === 0) resolve(JSON.parse(text) as { sent: number; seconds: number });
        else reject(new Error(`the sender failed: ${text}`));
      });
    });
  }

  /** Packets that the receiving interface has dropped so far. */
  interfaceDrops(): number {
    const links: unknown = JSON.parse(
      ip('-n', this.#outside, '-s', '-j', 'link', 'show', VethPair.interface),
    );
    const [link] = links as [{ stats64: { rx: { dropped: number } } }];
    return link.stats64.rx.dropped;
  }

  close(): void {
    for (const child of this.#children) if (child.exitCode === null) child.kill('SIGKILL');
    for (const name of [this.#inside, this.#outside]) ip('netns', 'del', name);
  }
}

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' });
}

function buildSender(): void {
  const source = 'bench/send_packets.c';
  mkdirSync('build/bench', { recursive: true });
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(source).mtimeMs) return;
  execFileSync('cc', ['-O2', '-o', PROGRAM, source]);
}

function listenerOf(child: ChildProcess): Listener {
  let stderr = '';
  let stdout = '';
  child.stderr?.on('data', (data: Buffer) => {
    stderr += data.toString('utf8');
  });
  child.stdout?.on('data', (data: Buffer) => {
    stdout += data.toString('utf8');
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    stderr: () => stderr,
    stdout: () => stdout,
    async says(text) {
      for (let tries = 0; !text.test(stderr); tries++) {
        if (tries > 200 || child.exitCode !== null) throw new Error(`${text} was not said:\n${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    costs() {
      const proc = `/proc/${child.pid}`;
      // proc(5): user and system time in ticks of 10 ms behind the name in brackets.
      const fields = readFileSync(`${proc}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`${proc}/status`, 'utf8'))?.[1];
      return {
        cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
        residentMiB: Number(resident) / 1024,
        files: readdirSync(`${proc}/fd`).length,
      };
    },
    async end() {
      child.kill('SIGINT');
      await closed;
    },
  };
}
