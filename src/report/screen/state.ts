// Defines the data of the screen.

import type { Health } from '../../model/health.ts';
import type { ReportDocument } from '../../model/report.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import type { Activity } from './activity.ts';

export interface ScreenState {
  /** Covers all time since the start; null before the first window. */
  readonly document: ReportDocument | null;
  /** Hosts that connect to AI services now, from hellos only, until there is a document. Null without any. */
  readonly early: ReportDocument | null;
  /** Connections of tools in the same time; null before the first document. */
  readonly connections: Health | null;
  readonly activity: Activity;
  readonly health: SensorHealth | null;
  readonly rates: Rates;
  /** Messages of the sensor, newest last. */
  readonly messages: readonly string[];
  /** Ids of recent findings. */
  readonly isNew: ReadonlySet<string>;
  /** Time of day in the report's time zone. */
  readonly clock: string;
  /** The reason why the report could not be updated; null after an update. */
  readonly trouble: string | null;
}

export interface Rates {
  readonly packets: readonly number[];
  readonly bitsPerSecond: number;
  /** Packets dropped since the start; below, in the last second. */
  readonly dropped: number;
  readonly droppedNow: number;
}

export const NO_RATES: Rates = { packets: [], bitsPerSecond: 0, dropped: 0, droppedNow: 0 };

/** The status from which the rates of the next second are computed. */
export interface StatusAt {
  readonly health: SensorHealth;
  readonly atMs: number;
}

const MAX_SECONDS = 60;

export function ratesAfter(rates: Rates, before: StatusAt | null, now: StatusAt): Rates {
  const { status } = now.health;
  const dropped = status.ringDrops + status.interfaceDrops;
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
  if (before === null || seconds <= 0) return { ...NO_RATES, dropped };
  const past = before.health.status;
  const packets = Math.max(0, status.packets - past.packets) / seconds;
  return {
    packets: [...rates.packets, packets].slice(-MAX_SECONDS),
    bitsPerSecond: Math.max(0, status.bytes - past.bytes) * (8 / seconds),
    dropped,
    droppedNow: Math.max(0, dropped - past.ringDrops - past.interfaceDrops),
  };
}
