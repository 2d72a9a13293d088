// Records the bytes of hosts under each name in recent windows, for sparklines.

import type { UsageWindow } from '../../model/usage.ts';

/** Number of windows in the widest sparkline. */
export const MAX_WINDOWS = 60;
/** Maximum pairs of host and name over all windows, some 10 MB. */
const MAX_ENTRIES = 50_000;

interface Past {
  readonly startSeconds: number;
  /** Bytes by host, a line feed and the name. */
  readonly bytes: Map<string, number>;
}

export class Activity {
  #windows: Past[] = [];

  add(windows: readonly UsageWindow[], nameOf: (host: string) => string = (host) => host): void {
    for (const { startSeconds, rows } of windows) {
      let past = this.#windows.find((window) => window.startSeconds === startSeconds);
      if (past === undefined) {
        past = { startSeconds, bytes: new Map() };
        this.#windows.push(past);
      }
      for (const { host, name, bytesUp, bytesDown } of rows) {
        const key = `${nameOf(host)}\n${name}`;
        past.bytes.set(key, (past.bytes.get(key) ?? 0) + bytesUp + bytesDown);
      }
    }
    this.#windows.sort((a, b) => a.startSeconds - b.startSeconds);
    while (this.#windows.length > MAX_WINDOWS || (this.#windows.length > 1 && this.#entries() > MAX_ENTRIES))
      this.#windows.shift();
  }

  #entries(): number {
    return this.#windows.reduce((sum, { bytes }) => sum + bytes.size, 0);
  }

  /** Returns the bytes in each of the last windows, oldest first, with zeros before the first. */
  series(host: string, names: readonly string[], count: number): number[] {
    const shown = this.#windows.slice(-count);
    const values = shown.map(({ bytes }) =>
      names.reduce((sum, name) => sum + (bytes.get(`${host}\n${name}`) ?? 0), 0),
    );
    return [...new Array<number>(count - shown.length).fill(0), ...values];
  }
}
