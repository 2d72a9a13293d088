// HealthReporter: collects the health of a sensor for its pages and for a monitoring system.

import { statfsSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { buildNameKnowledge, ConnectionCounts } from '../attribution/attempts.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { LiveStatus, SensorHealth } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { WindowWriter } from './window-writer.ts';

/** Period of the reported event loop delays. */
const DELAYS_OF_MS = 60_000;
const NANOSECONDS = 1e9;

export class HealthReporter {
  readonly #windowSeconds: number;
  /** Folder or file of the windows; null if they are not stored. */
  readonly #place: string | null;
  readonly #delays = monitorEventLoopDelay();
  #delaysSince = performance.now();
  readonly #connections = new ConnectionCounts();
  #closed = 0;
  #lastEndSeconds: number | null = null;
  #lagSeconds: number | null = null;

  constructor(windowSeconds: number, place: string | null) {
    this.#windowSeconds = windowSeconds;
    this.#place = place;
    this.#delays.enable();
  }

  addClosed(windows: readonly UsageWindow[], catalogue: Catalogue): void {
    this.#closed += windows.length;
    this.#connections.add(windows, buildNameKnowledge(catalogue));
    const last = windows.at(-1);
    if (last === undefined) return;
    this.#lastEndSeconds = last.startSeconds + last.lengthSeconds;
    this.#lagSeconds = Math.max(0, Date.now() / 1000 - this.#lastEndSeconds);
  }

  health(
    status: LiveStatus,
    writers: readonly WindowWriter[],
    alerts: SensorHealth['alerts'] | null,
  ): SensorHealth {
    const sum = (figure: 'kept' | 'waiting' | 'lost'): number =>
      writers.reduce((all, writer) => all + writer[figure], 0);
    return {
      status,
      windowSeconds: this.#windowSeconds,
      windows: {
        closed: this.#closed,
        delivered: sum('kept'),
        waiting: sum('waiting'),
        lost: sum('lost'),
        lastEndSeconds: this.#lastEndSeconds,
        lagSeconds: this.#lagSeconds,
      },
      alerts: alerts ?? { waiting: 0, dropped: 0 },
      connections: this.#connections.all,
      memoryBytes: process.memoryUsage.rss(),
      eventLoopDelaySeconds: this.#delaySeconds(),
      store: this.#room(),
    };
  }

  #delaySeconds(): SensorHealth['eventLoopDelaySeconds'] {
    const seconds = (nanoseconds: number): number =>
      Number.isFinite(nanoseconds) ? nanoseconds / NANOSECONDS : 0;
    const delay = { p99: seconds(this.#delays.percentile(99)), max: seconds(this.#delays.max) };
    if (performance.now() - this.#delaysSince > DELAYS_OF_MS) {
      this.#delays.reset();
      this.#delaysSince = performance.now();
    }
    return delay;
  }

  #room(): SensorHealth['store'] {
    const place = this.#place;
    if (place === null) return null;
    try {
      const { bavail, blocks, bsize } = statfsSync(place);
      return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
    } catch {
      // The folder no longer exists. The number of waiting windows shows that they are not stored.
      return null;
    }
  }
}
