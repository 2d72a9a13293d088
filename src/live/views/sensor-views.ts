// SensorViews: the child processes for pages and screen of a sensor. Lines for its operator go to the screen if there is one.

import type { HelloRecord } from '../../model/flow.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { errorReason } from '../../text/error-reason.ts';
import { FirstHellos } from '../first-hellos.ts';
import { LiveView, type ViewProgram } from './live-view.ts';

/** Maximum number of lines that are printed after the screen has ended; the oldest are discarded. */
const MAX_HIDDEN_LINES = 200;
/** Hellos are sent to the pages in batches at this interval. */
const HELLOS_EVERY_MS = 200;

export interface ViewPrograms {
  /** Null without pages. */
  readonly pages: ViewProgram | null;
  readonly screen: ViewProgram | null;
  /** Start message of the processes. */
  readonly start: unknown;
}

/** Prints lines for the operator if there is no screen. */
export interface OperatorLines {
  readonly isQuiet: boolean;
  print(text: string): void;
  printError(error: unknown): void;
}

export class SensorViews {
  readonly #lines: OperatorLines;
  #pages: LiveView | null = null;
  #screen: LiveView | null = null;
  readonly #hidden: string[] = [];
  readonly #hellos = new FirstHellos(Date.now() / 1000);
  #helloTimer: NodeJS.Timeout | null = null;

  constructor(lines: OperatorLines) {
    this.#lines = lines;
  }

  /** `onEnd` is called when the user of the screen ends the sensor. Throws the error of a view that cannot start. */
  async start({ pages, screen, start }: ViewPrograms, onEnd: () => void): Promise<void> {
    const hooks = { print: this.print, onEnd };
    // Started before the capture, so that a port in use is reported at once.
    if (pages !== null) this.#pages = await LiveView.start(pages, start, hooks);
    if (screen !== null) this.#screen = await LiveView.start(screen, start, hooks);
  }

  #all(): LiveView[] {
    return [this.#pages, this.#screen].filter((view) => view !== null);
  }

  get isNone(): boolean {
    return this.#all().length === 0;
  }

  get hasScreen(): boolean {
    return this.#screen !== null;
  }

  get processes(): readonly number[] {
    return this.#all().flatMap((view) => view.processes);
  }

  get url(): string | null {
    return this.#pages?.url ?? null;
  }

  /** Receives the first hellos; undefined without pages that show them. */
  get onHello(): ((hello: HelloRecord) => void) | undefined {
    return this.isNone ? undefined : (hello) => this.#takeHello(hello);
  }

  #takeHello(hello: HelloRecord): void {
    if (!this.#hellos.add(hello)) return;
    this.#helloTimer ??= setTimeout(() => {
      this.#helloTimer = null;
      const hellos = this.#hellos.take();
      if (hellos.length === 0 && !this.#hellos.isCut) return;
      for (const view of this.#all()) view.sendHellos(hellos, this.#hellos.isCut);
    }, HELLOS_EVERY_MS);
  }

  /** Takes closed windows with real host addresses. */
  add(windows: readonly UsageWindow[]): void {
    this.#hellos.addClosed(windows);
    for (const view of this.#all()) view.add(windows);
  }

  sendHealth(health: SensorHealth): void {
    for (const view of this.#all()) view.sendHealth(health);
  }

  /** Tells the screen that the sensor listens, so that it can be drawn. */
  sendListening(): void {
    this.#screen?.sendListening();
  }

  reload(): void {
    for (const view of this.#all()) view.reload();
  }

  /** Sends the last hellos. */
  endHellos(): void {
    if (this.#helloTimer !== null) clearTimeout(this.#helloTimer);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((view) => view.close()));
    for (const text of this.#hidden.splice(0)) this.#lines.print(text);
  }

  /** Prints a line unless --quiet is set. */
  readonly print = (text: string): void => {
    if (!this.#lines.isQuiet) this.tell(text);
  };

  /** Prints a line on the screen if there is one, and on stderr, at once or after the screen has ended. */
  readonly tell = (text: string): void => {
    if (this.#screen?.isThere !== true) {
      this.#lines.print(text);
      return;
    }
    this.#screen.sendLine(text);
    if (process.stderr.isTTY !== true) this.#lines.print(text);
    else if (this.#hidden.push(text) > MAX_HIDDEN_LINES) this.#hidden.shift();
  };

  sendError(error: unknown): void {
    if (this.#screen?.isThere === true) this.tell(errorReason(error));
    else this.#lines.printError(error);
  }
}
