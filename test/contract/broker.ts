// A NATS server with JetStream for tests: on loopback, with its own folder; it can be killed and restarted.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';

/** Debian installs it outside the PATH of unprivileged users. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

/** Prints why. */
export function lacksBroker(): boolean {
  if (spawnSync('nats-server', ['--version'], { env: { PATH } }).status === 0) return false;
  console.warn('skipped: nothing was carried (there is no nats-server)');
  return true;
}

export class Broker {
  readonly port: number;
  readonly #config: string;
  #child: ChildProcess | null = null;

  private constructor(port: number, config: string) {
    this.port = port;
    this.#config = config;
  }

  /** `more`: lines of its configuration. */
  static async start(folder: string, more = ''): Promise<Broker> {
    const port = await freePort();
    const config = join(folder, 'nats.conf');
    const lines = [
      `listen: 127.0.0.1:${port}`,
      `jetstream { store_dir: "${join(folder, 'jetstream')}" }`,
      more,
    ];
    writeFileSync(config, lines.join('\n'));
    const broker = new Broker(port, config);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const child = spawn('nats-server', ['-c', this.#config], { env: { PATH }, stdio: 'ignore' });
    this.#child = child;
    while (child.exitCode === null && !(await this.#answers()))
      await new Promise((wake) => setTimeout(wake, 50));
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`);
  }

  #answers(): Promise<boolean> {
    return new Promise((done) => {
      const socket = connect(this.port, '127.0.0.1');
      socket.once('data', () => done(true)).once('error', () => done(false));
      socket.once('data', () => socket.destroy());
    });
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }
}
