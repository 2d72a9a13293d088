// LiveView: child process that serves the pages or draws the screen. The sensor never waits for it, so a fault there loses no
// packets.

import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { WiretallyError } from '../../model/errors.ts';
import type { FirstHello, SensorHealth } from '../../model/sensor.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { encodeWindows } from '../../window/codec.ts';
import { MAX_ENTRIES, windowEntries } from '../../window/window-buffer.ts';
import type { FromView, ToView } from './view-messages.ts';

/** A process that does not end within this time is killed. */
const END_MS = 2_000;

export interface ViewProgram {
  readonly program: URL;
  /** Name in messages: "the pages". */
  readonly name: string;
  /** Option that starts the process, for error messages. */
  readonly option: string;
  /** True for the process that reads keys from the terminal and draws on it. */
  readonly isScreen: boolean;
  /** `inherit`: the process writes to stderr of the sensor. `lines`: its stderr is passed to `print` by line. */
  readonly stderr: 'inherit' | 'lines';
}

interface Hooks {
  readonly print: (text: string) => void;
  /** Called when the user of the screen ends the sensor. */
  readonly onEnd: () => void;
}

export class LiveView {
  /** Address of the pages; null for a screen. */
  readonly url: string | null;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #say: (text: string) => void;
  readonly #ended: Promise<void>;
  #waiting: UsageWindow[] = [];
  #isSending = false;
  #isTelling = false;
  #isEnding = false;
  #isLate = false;

  private constructor(child: ChildProcess, url: string | null, name: string, { print, onEnd }: Hooks) {
    this.url = url;
    this.#child = child;
    this.#name = name;
    this.#say = print;
    child.on('message', (message: FromView) => {
      if (message.kind === 'received') this.#sent();
      if (message.kind === 'end') onEnd();
    });
    child.on('error', () => undefined); // The sensor ignores messages that cannot be sent.
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        const isEnding = this.#isEnding;
        this.#isEnding = true;
        this.#waiting = [];
        const [have, them] = name.endsWith('s') ? ['have', 'them'] : ['has', 'it'];
        if (!isEnding)
          print(
            `${name} ${have} ended (${signal ?? code}); the sensor continues, restart it to have ${them} again`,
          );
        resolve();
      });
    });
  }

  get processes(): readonly number[] {
    return this.#child.pid === undefined ? [] : [this.#child.pid];
  }

  get isThere(): boolean {
    return !this.#isEnding;
  }

  /** Starts the process while the sensor has its rights; the process drops its own after setup. Throws the error of its setup. */
  static async start(
    { program, name, option, isScreen, stderr }: ViewProgram,
    start: unknown,
    hooks: Hooks,
  ): Promise<LiveView> {
    const terminal = isScreen ? 'inherit' : 'ignore';
    const child = fork(program, [], {
      serialization: 'advanced',
      stdio: [terminal, terminal, stderr === 'inherit' ? 'inherit' : 'pipe', 'ipc'],
    });
    if (child.stderr !== null)
      createInterface(child.stderr).on('line', (line) => hooks.print(line.replace(/^wiretally: /, '')));
    const answer = new Promise<string | null>((resolve, reject) => {
      const fail = (why: string): void => reject(notStarted(name, option, why));
      child.once('error', (cause) => fail(cause.message));
      child.once('exit', (code, signal) => fail(`it ended (${signal ?? code})`));
      child.on('message', (message: FromView) => {
        if (message.kind === 'ready') resolve(message.url);
        if (message.kind === 'failed') {
          const { code, message: what, where, next } = message;
          reject(
            new WiretallyError(code, what, {
              ...(where === null ? {} : { where }),
              ...(next === null ? {} : { next }),
            }),
          );
        }
      });
    });
    child.send({ kind: 'start', start } satisfies ToView<unknown>, () => undefined);
    return new LiveView(child, await answer, name, hooks);
  }

  /** Adds closed windows, with real host addresses. If the process is too slow, the oldest windows are discarded. */
  add(windows: readonly UsageWindow[]): void {
    if (this.#isEnding) return;
    this.#waiting.push(...windows);
    let entries = windowEntries(this.#waiting);
    while (entries > MAX_ENTRIES && this.#waiting.length > 1) {
      const [oldest] = this.#waiting.splice(0, 1);
      entries -= oldest === undefined ? 0 : windowEntries([oldest]);
      if (!this.#isLate) this.#say(`${this.#name} cannot keep up: it shows a part only`);
      this.#isLate = true;
    }
    this.#sendWindows();
  }

  sendHealth(health: SensorHealth): void {
    if (this.#isTelling || !this.#child.connected) return;
    this.#isTelling = true;
    this.#send({ kind: 'health', health }, () => {
      this.#isTelling = false;
    });
  }

  /** Sent without waiting for a reply: FirstHellos limits the total number of hellos. */
  sendHellos(hellos: readonly FirstHello[], isCut: boolean): void {
    if (this.#child.connected) this.#send({ kind: 'hellos', hellos, isCut });
  }

  sendListening(): void {
    if (this.#child.connected) this.#send({ kind: 'listening' });
  }

  sendLine(text: string): void {
    if (this.#child.connected) this.#send({ kind: 'line', text });
  }

  reload(): void {
    if (this.#child.connected) this.#send({ kind: 'reload' });
  }

  async close(): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      if (this.#child.connected) this.#child.disconnect();
    }
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #sendWindows(): void {
    if (this.#isSending || this.#waiting.length === 0 || !this.#child.connected) return;
    this.#isSending = true;
    this.#send({ kind: 'windows', bytes: encodeWindows(this.#waiting.splice(0)) });
  }

  #sent(): void {
    this.#isSending = false;
    this.#isLate = false;
    this.#sendWindows();
  }

  #send(message: ToView<never>, then: () => void = () => undefined): void {
    this.#child.send(message, then);
  }
}

function notStarted(name: string, option: string, why: string): WiretallyError {
  return new WiretallyError('LISTEN_FAILED', `the process of ${name} could not be started: ${why}`, {
    where: `option ${option}`,
    next: 'run without it, or report the error',
  });
}
