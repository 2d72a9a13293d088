// Figures of a running sensor between two windows: rates of the last second, and hellos that are in no window yet.

import type { ReportDocument } from '../../model/report.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import { formatCount, formatShare } from '../../text/quantity.ts';

/** Hellos before the first whole window, evaluated as a report. */
export interface EarlyHellos {
  readonly document: ReportDocument;
  /** More hellos may have been sent than were read. */
  readonly isCut: boolean;
}

export interface LiveRates {
  /** Null before the second measurement. */
  readonly packetsPerSecond: number | null;
  readonly bitsPerSecond: number | null;
  readonly packets: number;
  readonly lost: number;
  readonly windowSeconds: number;
  /** End of the open window, in Unix seconds. */
  readonly windowEndSeconds: number;
}

/** Computes rates from the totals that a sensor reports. */
export class RateMeter {
  #last: { readonly packets: number; readonly bytes: number; readonly atMs: number } | null = null;
  #perSecond: { readonly packets: number; readonly bits: number } | null = null;

  /** `atMs` is monotonic. */
  note({ status: { packets, bytes } }: SensorHealth, atMs: number): void {
    const last = this.#last;
    this.#last = { packets, bytes, atMs };
    const seconds = last === null ? 0 : (atMs - last.atMs) / 1000;
    if (last === null || seconds <= 0) return;
    this.#perSecond = {
      packets: Math.max(0, packets - last.packets) / seconds,
      bits: (Math.max(0, bytes - last.bytes) * 8) / seconds,
    };
  }

  measure({ status, windowSeconds }: SensorHealth, nowSeconds: number): LiveRates {
    return {
      packetsPerSecond: this.#perSecond?.packets ?? null,
      bitsPerSecond: this.#perSecond?.bits ?? null,
      packets: status.packets,
      lost: status.ringDrops + status.interfaceDrops,
      windowSeconds,
      windowEndSeconds: (Math.floor(nowSeconds / windowSeconds) + 1) * windowSeconds,
    };
  }
}

/** Figures that change every second, by the name of their place on the page. */
export const LIVE_FIGURES = ['rate', 'bits', 'lost', 'closes'] as const;
export type LiveFigures = Readonly<Record<(typeof LIVE_FIGURES)[number], string>>;

export function liveFigures(rates: LiveRates, nowSeconds: number): LiveFigures {
  const { packetsPerSecond, bitsPerSecond, packets, lost, windowEndSeconds } = rates;
  const all = packets + lost;
  return {
    rate: packetsPerSecond === null ? 'measuring' : `${formatCount(Math.round(packetsPerSecond))} packets/s`,
    bits: bitsPerSecond === null ? 'measuring' : bitRate(bitsPerSecond),
    lost: `${formatCount(lost)} of ${formatCount(all)} packets${lost === 0 ? '' : `, ${formatShare(lost / all)}`}`,
    closes: `${Math.max(0, Math.ceil(windowEndSeconds - nowSeconds))} s`,
  };
}

const BIT_UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const;

function bitRate(bits: number): string {
  let [value, unit] = [bits, 0];
  while (value >= 999.5 && unit < BIT_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${BIT_UNITS[unit]}`;
}
