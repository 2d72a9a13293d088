// FirstHellos: collects hellos to names of the catalogue until the first whole window of a sensor closes, so that pages show
// use from the first hello on.

import type { HelloRecord } from '../model/flow.ts';
import type { FirstHello } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';

/** Maximum number of hellos that a decoder emits and that wait here: a flood before the first window costs no more. */
export const MAX_FIRST_HELLOS = 4096;

export class FirstHellos {
  readonly #startSeconds: number;
  readonly #known = new Set<string>();
  #waiting: FirstHello[] = [];
  #read = 0;
  #isOver = false;

  constructor(startSeconds: number) {
    this.#startSeconds = startSeconds;
  }

  /** True if there may have been more hellos than were read. */
  get isCut(): boolean {
    return this.#read >= MAX_FIRST_HELLOS;
  }

  /** Returns true for a hello to show: the first of its host, name and form. */
  add({ tsUs, source, destination, destinationPort, sni, fingerprint, helloBytes }: HelloRecord): boolean {
    if (this.#isOver || sni === null || this.isCut) return false;
    this.#read++;
    const name = sni.endsWith('.') ? sni.slice(0, -1) : sni;
    const key = `${source} ${name} ${fingerprint.transport} ${fingerprint.ja4}`;
    if (this.#known.has(key)) return this.isCut;
    this.#known.add(key);
    this.#waiting.push({
      tsUs,
      host: source,
      server: destination,
      serverPort: destinationPort,
      name,
      fingerprint,
      helloBytes,
    });
    return true;
  }

  /** Returns the hellos since the last call. */
  take(): FirstHello[] {
    return this.#waiting.splice(0);
  }

  /** Ends with the first window that began after the sensor did. */
  addClosed(windows: readonly UsageWindow[]): void {
    if (!windows.some(({ startSeconds }) => startSeconds >= this.#startSeconds)) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#known.clear();
  }
}
