// LivePages: the process of the pages, as the sensor sees it. A process of its own, so that neither a visitor nor a fault
// of a page costs a packet: it is only ever told, and never waited for.

import { type ChildProcess, fork } from 'node:child_process';
import { programBeside } from '../../../../files/program-files.ts';
import { WiretallyError } from '../../../../model/errors.ts';
import type { SensorHealth } from '../../../../model/sensor.ts';
import type { UsageWindow } from '../../../../model/usage.ts';
import { entriesOf, MAX_ENTRIES } from '../../../../sensor/window-buffer.ts';
import { encodeWindows } from '../../../../window/codec.ts';
import type { WatchVerbOptions } from '../options.ts';
import type { User } from '../user.ts';
import type { FromPages, ToPages } from './messages.ts';

/** What it has no time to end properly in is ended. */
const END_MS = 2_000;

export class LivePages {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #say: (text: string) => void;
  readonly #ended: Promise<void>;
  #waiting: UsageWindow[] = [];
  #isSending = false;
  #isTelling = false;
  #isEnding = false;
  #isLate = false;

  private constructor(child: ChildProcess, url: string, say: (text: string) => void) {
    this.url = url;
    this.#child = child;
    this.#say = say;
    child.on('message', (message: FromPages) => {
      if (message.kind === 'took') this.#sent();
    });
    child.on('error', () => undefined); // what cannot be sent to it is not missed
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        if (!this.#isEnding)
          say(
            `the pages have ended (${signal ?? code}); the sensor goes on, start it anew to have them again`,
          );
        this.#isEnding = true;
        this.#waiting = [];
        resolve();
      });
    });
  }

  /** While the process has its rights: it listens, and gives them up by itself. Throws what keeps it from that. */
  static async start(
    options: WatchVerbOptions,
    user: User | null,
    say: (text: string) => void,
  ): Promise<LivePages> {
    const child = fork(programBeside(import.meta.url, 'pages-process'), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const answer = new Promise<string>((resolve, reject) => {
      child.once('error', (cause) => reject(notStarted(cause.message)));
      child.once('exit', (code, signal) => reject(notStarted(`it ended (${signal ?? code})`)));
      child.on('message', (message: FromPages) => {
        if (message.kind === 'listening') resolve(message.url);
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
    child.send({ kind: 'start', options, user } satisfies ToPages, () => undefined);
    return new LivePages(child, await answer, say);
  }

  /** Windows as they close, with hosts as they are. */
  add(windows: readonly UsageWindow[]): void {
    if (this.#isEnding) return;
    this.#waiting.push(...windows);
    let entries = entriesOf(this.#waiting);
    while (entries > MAX_ENTRIES && this.#waiting.length > 1) {
      const [oldest] = this.#waiting.splice(0, 1);
      entries -= oldest === undefined ? 0 : entriesOf([oldest]);
      if (!this.#isLate) this.#say('the pages do not keep up: they show less than was seen');
      this.#isLate = true;
    }
    this.#send();
  }

  tellHealth(health: SensorHealth): void {
    if (this.#isTelling || !this.#child.connected) return;
    this.#isTelling = true;
    this.#tell({ kind: 'health', health }, () => {
      this.#isTelling = false;
    });
  }

  reload(): void {
    if (this.#child.connected) this.#tell({ kind: 'reload' });
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

  #send(): void {
    if (this.#isSending || this.#waiting.length === 0 || !this.#child.connected) return;
    this.#isSending = true;
    this.#tell({ kind: 'windows', bytes: encodeWindows(this.#waiting.splice(0)) });
  }

  #sent(): void {
    this.#isSending = false;
    this.#isLate = false;
    this.#send();
  }

  #tell(message: ToPages, then: () => void = () => undefined): void {
    this.#child.send(message, then);
  }
}

function notStarted(why: string): WiretallyError {
  return new WiretallyError('LISTEN_FAILED', `the process of the pages could not be started: ${why}`, {
    where: 'option --listen',
    next: 'run again without --listen, or report it',
  });
}
