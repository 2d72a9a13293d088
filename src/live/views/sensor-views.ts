// SensorViews: the processes that show what a sensor sees, its pages and its screen, and the lines for its operator, which a
// screen takes.

import type { HelloRecord } from '../../model/flow.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { FirstHellos } from '../first-hellos.ts';
import { LiveView, type ViewProgram } from './live-view.ts';

/** Lines that a screen hid are printed when it is gone; the oldest are discarded. */
const MOST_HIDDEN_LINES = 200;
/** Hellos of this time go to the pages together. */
const HELLOS_EVERY_MS = 200;

export interface ViewPrograms {
  /** Null: there are none. */
  readonly pages: ViewProgram | null;
  readonly screen: ViewProgram | null;
  /** The processes need this to begin. */
  readonly start: unknown;
}

/** How lines reach the operator where no screen takes them. */
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

  /** `onEnd`: the user of the screen wants the sensor to end. Throws what keeps a view from its start. */
  async start({ pages, screen, start }: ViewPrograms, onEnd: () => void): Promise<void> {
    const hooks = { say: this.say, onEnd };
    // Before anything listens to packets: a port that is taken is said at once.
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

  /** Takes the first hellos; undefined where nothing shows them. */
  get onHello(): ((hello: HelloRecord) => void) | undefined {
    return this.isNone ? undefined : (hello) => this.#takeHello(hello);
  }

  #takeHello(hello: HelloRecord): void {
    if (!this.#hellos.add(hello)) return;
    this.#helloTimer ??= setTimeout(() => {
      this.#helloTimer = null;
      const hellos = this.#hellos.take();
      if (hellos.length === 0 && !this.#hellos.isCut) return;
      for (const view of this.#all()) view.tellHellos(hellos, this.#hellos.isCut);
    }, HELLOS_EVERY_MS);
  }

  /** Windows as they close, with hosts as they are. */
  add(windows: readonly UsageWindow[]): void {
    this.#hellos.closed(windows);
    for (const view of this.#all()) view.add(windows);
  }

  tellHealth(health: SensorHealth): void {
    for (const view of this.#all()) view.tellHealth(health);
  }

  /** The sensor listens: a screen may be drawn. */
  tellListening(): void {
    this.#screen?.tellListening();
  }

  reload(): void {
    for (const view of this.#all()) view.reload();
  }

  /** No more hellos come. */
  endHellos(): void {
    if (this.#helloTimer !== null) clearTimeout(this.#helloTimer);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all().map((view) => view.close()));
    for (const text of this.#hidden.splice(0)) this.#lines.print(text);
  }

  /** A line that a quiet operator does not want. */
  readonly say = (text: string): void => {
    if (!this.#lines.isQuiet) this.tell(text);
  };

  /** To the screen where there is one, and to stderr, at once or when the screen is gone. */
  readonly tell = (text: string): void => {
    if (this.#screen?.isThere !== true) {
      this.#lines.print(text);
      return;
    }
    this.#screen.tellLine(text);
    if (process.stderr.isTTY !== true) this.#lines.print(text);
    else if (this.#hidden.push(text) > MOST_HIDDEN_LINES) this.#hidden.shift();
  };

  tellError(error: unknown): void {
    if (this.#screen?.isThere === true) this.tell(error instanceof Error ? error.message : String(error));
    else this.#lines.printError(error);
  }
}
