// Reads what a store records about the sensors that deliver to it, in addition to their windows: the hours that a report is
// based on, and silent sensors. Only for stores with deliveries.

import type { SensorReport } from '../model/report.ts';
import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { type BeyondSpan, type SensorSpan, sensorSpans, type WindowQuery } from '../store/store.ts';
import { formatInstant } from '../time/instant.ts';
import { HOUR_SECONDS, US } from '../time/units.ts';
import { mergeWindows } from '../window/merge-windows.ts';
import { isSilentWindow, listSilences, type Silence, silentWindow } from '../window/silence.ts';

/** Covers everything that a store holds. */
export interface Fleet {
  readonly sensors: readonly SensorSpan[];
  readonly keepsName: ReadonlySet<string>;
}

export interface FleetPart {
  readonly sensors: readonly SensorReport[];
  readonly silences: readonly Silence[];
}

/** `inPart`: the records of each sensor in the requested part. */
export function buildFleetPart(
  { sensors, keepsName }: Fleet,
  inPart: readonly SensorSpan[],
  query: WindowQuery,
): FleetPart {
  const silences = listSilences(sensors, keepsName, query);
  const formatTime = (seconds: number): string => formatInstant(seconds * US);
  const part = new Map(inPart.map((span) => [span.sensor, span]));
  const silent = new Map(silences.map((silence) => [silence.sensor, silence]));
  const listed = new Set([...part.keys(), ...silent.keys()]);
  return {
    silences,
    sensors: [...listed].sort(compareText).map((sensor) => {
      const span = part.get(sensor);
      const silence = silent.get(sensor);
      return {
        sensor,
        first: span === undefined ? null : formatTime(span.firstSeconds),
        last: span === undefined ? null : formatTime(span.lastSeconds),
        windows: span?.windows ?? 0,
        hours: Math.round(((span?.observedSeconds ?? 0) / HOUR_SECONDS) * 100) / 100,
        silent:
          silence === undefined
            ? []
            : [{ from: formatTime(silence.fromSeconds), to: formatTime(silence.untilSeconds) }],
      };
    }),
  };
}

/** Adds windows that hold a gap, in place of those that a silent sensor did not send. */
export function addSilentWindows(
  fleet: Fleet,
  windows: readonly UsageWindow[],
  query: WindowQuery,
  beyond: BeyondSpan = {},
): { readonly windows: readonly UsageWindow[]; readonly sensors: readonly SensorReport[] } {
  const read = windows.filter((window) => !isSilentWindow(window));
  const { sensors, silences } = buildFleetPart(fleet, sensorSpans(read, beyond), query);
  return { windows: mergeWindows(read, silences.map(silentWindow)), sensors };
}
