// WindowBuffer: keeps recent windows in bounded memory: unchanged during their quarter hour, and summed per
// quarter hour after it.

import { sumOf } from '../model/extremes.ts';
import type { UsageWindow } from '../model/usage.ts';
import { QUARTER_SECONDS } from '../time/units.ts';
import { sumCounts } from '../window/sums.ts';
import { mergeWindows, rollUpWindows } from './merge-windows.ts';

/** Quarter hours that a sensor without a disk keeps and shows on its pages: a day. */
export const QUARTERS_IN_MEMORY = 96;
/** Maximum number of hosts and rows in all windows: about 100 MB. */
export const MAX_ENTRIES = 100_000;

export class WindowBuffer {
  readonly #maxQuarters: number;
  #quarters: UsageWindow[] = [];
  #recent: UsageWindow[] = [];
  /** Windows of logs. They are never summed, because a later revision replaces an earlier one. */
  readonly #revised = new Map<string, UsageWindow>();
  /** True after windows were discarded because of the limit. */
  hasForgotten = false;

  constructor(maxQuarters: number) {
    this.#maxQuarters = maxQuarters;
  }

  add(windows: readonly UsageWindow[]): void {
    for (const window of windows) {
      if (window.revision > 0) {
        this.#addRevised(window);
        continue;
      }
      const quarter = quarterStart(window);
      if (this.#recent.some((other) => quarterStart(other) < quarter)) this.#rollUp(quarter);
      this.#recent.push(window);
      if (windowEntries(this.#recent) > MAX_ENTRIES) this.#rollUp(Number.POSITIVE_INFINITY);
    }
  }

  #addRevised(window: UsageWindow): void {
    this.#revised.set(`${window.startSeconds} ${window.sensor}`, window);
    const most = (this.#maxQuarters * QUARTER_SECONDS) / window.lengthSeconds;
    while (
      this.#revised.size > 1 &&
      (this.#revised.size > most || windowEntries([...this.#revised.values()]) > MAX_ENTRIES)
    ) {
      const [oldest] = [...this.#revised].sort(([, a], [, b]) => a.startSeconds - b.startSeconds);
      if (oldest === undefined) return;
      this.#revised.delete(oldest[0]);
      this.hasForgotten = true;
    }
  }

  #rollUp(beforeSeconds: number): void {
    const done = this.#recent.filter((window) => quarterStart(window) < beforeSeconds);
    this.#recent = this.#recent.filter((window) => quarterStart(window) >= beforeSeconds);
    this.#quarters = rollUpWindows([...this.#quarters, ...done], QUARTER_SECONDS);
    while (this.#quarters.length > this.#maxQuarters) this.#forgetOldest();
    // Hosts without use are discarded first, from the oldest windows on: a flood of hosts must not displace the others.
    for (let i = 0; i < this.#quarters.length && windowEntries(this.#quarters) > MAX_ENTRIES; i++) {
      this.#quarters = this.#quarters.map((window, at) => (at === i ? withUsersOnly(window) : window));
    }
    while (this.#quarters.length > 1 && windowEntries(this.#quarters) > MAX_ENTRIES) this.#forgetOldest();
  }

  #forgetOldest(): void {
    this.#quarters.shift();
    this.hasForgotten = true;
  }

  forgetBefore(seconds: number): void {
    this.#quarters = this.#quarters.filter((window) => window.startSeconds >= seconds);
    this.#recent = this.#recent.filter((window) => window.startSeconds >= seconds);
    for (const [key, window] of this.#revised) if (window.startSeconds < seconds) this.#revised.delete(key);
  }

  all(): UsageWindow[] {
    const summed = new Set(this.#quarters.map((window) => window.startSeconds));
    const live = this.#recent.some((window) => summed.has(quarterStart(window)))
      ? rollUpWindows([...this.#quarters, ...this.#recent], QUARTER_SECONDS)
      : mergeWindows(this.#quarters, this.#recent);
    return this.#revised.size === 0 ? live : mergeWindows(live, [...this.#revised.values()]);
  }
}

/** Omits totals of hosts without rows, DNS names and services. The window counts omitted hosts as overflow. */
export function withUsersOnly(window: UsageWindow): UsageWindow {
  const servers = (window.services ?? []).map(({ server }) => server);
  const users = new Set([...[...window.rows, ...window.queriedNames].map(({ host }) => host), ...servers]);
  const hosts = window.hosts.filter(({ host }) => users.has(host));
  const overflow = sumCounts(window.stats.overflow ?? {}, { hosts: window.hosts.length - hosts.length });
  return { ...window, hosts, stats: { ...window.stats, overflow } };
}

/** Hosts, rows, DNS names and services: the weight of windows. */
export function windowEntries(windows: readonly UsageWindow[]): number {
  const entries = ({ hosts, rows, queriedNames, services = [] }: UsageWindow): number =>
    hosts.length + rows.length + queriedNames.length + services.length;
  return sumOf(windows, entries);
}

function quarterStart(window: UsageWindow): number {
  return Math.floor(window.startSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;
}
