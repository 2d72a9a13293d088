// Decides which sensors saw a host, and which of them cannot identify a user alone: sensors that report a host of another
// site.

import { DOUBT } from '../../model/confidence.ts';
import { phrase, type Sentence } from '../../model/sentences.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { floorToQuarter } from '../../time/units.ts';
import type { SensorNetworks } from '../../window/sensor-networks.ts';
import { isSilentWindow } from '../../window/silence.ts';
import type { SensorDoubt } from './channel.ts';

/**
 * Sums a sensor's view of a host: the length of the windows with it, and its bytes. The rows count if a window has rows of
 * a host, or names that it asked for, but no totals of the host.
 */
export interface SeenTotals {
  readonly seconds: number;
  readonly bytes: number;
}

export type HostTotalsBySensor = ReadonlyMap<string, ReadonlyMap<string, SeenTotals>>;
/** Starts of the quarter hours in which the sensor saw the host, by host and sensor. */
export type HostQuartersBySensor = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<number>>>;

/** Time in which a sensor was on. */
export interface SensorTime {
  readonly sensor: string;
  /** Starts of its first and of its last window. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
}

/** A sensor that does not usually see a host that others see. */
export interface ForeignSensor {
  readonly sensor: string;
  readonly host: string;
}

/** A sensor that sees a host for less than this part of the time of another one, or of its bytes, is unusual for it. */
const USUAL_TIME = 1 / 2;
const USUAL_BYTES = 1 / 10;
/** Maximum number of sensors of each kind to compare others with. */
const MAX_USUAL = 8;
/** Maximum number of sensors in a text. */
const MAX_NAMED = 4;

const NONE: readonly never[] = [];

export interface HostSensorFacts {
  /** Null without a sensors file. */
  readonly networks: SensorNetworks | null;
  /** Totals cover the whole report. Without them no sensor is unusual for a host inside its networks. */
  readonly totals: HostTotalsBySensor;
  readonly times: readonly SensorTime[];
  readonly quarters: HostQuartersBySensor;
}

export class HostSensors {
  readonly facts: HostSensorFacts;
  readonly #usual = new Map<string, readonly string[]>();
  readonly #best = new Map<ReadonlyMap<string, SeenTotals>, readonly (readonly [string, SeenTotals])[]>();
  readonly #times: ReadonlyMap<string, SensorTime>;

  constructor(facts: HostSensorFacts) {
    this.facts = facts;
    this.#times = new Map(facts.times.map((time) => [time.sensor, time]));
  }

  /** True for a host that the sensors file assigns to other sensors. */
  isOutside(host: string, sensor: string): boolean {
    return this.facts.networks?.covers(sensor, host) === false;
  }

  /** True for a sensor that does not usually see the host. Always false with a sensors file, which states the usual sensors. */
  isForeign(host: string, sensor: string): boolean {
    return this.facts.networks === null && this.#listUsualOthers(host, sensor).length > 0;
  }

  /** True if a report of only this sensor about the host counts. */
  mayReport(host: string, sensor: string): boolean {
    return !this.isOutside(host, sensor) && !this.isForeign(host, sensor);
  }

  /** Lists the sensors that do not usually see a host, sorted by host and sensor. */
  listForeignSensors(): ForeignSensor[] {
    return [...this.facts.totals]
      .flatMap(([host, bySensor]) => [...bySensor.keys()].map((sensor) => ({ sensor, host })))
      .filter(({ sensor, host }) => this.isForeign(host, sensor))
      .sort((a, b) => compareText(a.host, b.host) || compareText(a.sensor, b.sensor));
  }

  /** Returns the doubt about a host that only these sensors report. */
  findDoubt(host: string, sensors: readonly string[]): SensorDoubt {
    const { networks } = this.facts;
    const sensor = nameSensors(sensors);
    if (networks !== null)
      return { rule: 'outside-networks', sentence: phrase('outsideNetworks', { sensor }) };
    const other = nameSensors([...new Set(sensors.flatMap((seen) => this.#listUsualOthers(host, seen)))]);
    return { rule: DOUBT.unusualSensor, sentence: phrase('unusualSensor', { sensor, other }) };
  }

  /** True if more than one sensor was on, and one of them saw the host. */
  isCompared(host: string): boolean {
    return this.facts.quarters.has(host);
  }

  /** Lists the sensors that saw the host in any of these quarter hours, sorted. */
  listSensorsIn(host: string, quarters: Iterable<number>): string[] {
    const bySensor = this.facts.quarters.get(host);
    if (bySensor === undefined) return [];
    const quarterList = [...quarters];
    return [...bySensor]
      .filter(
        ([sensor, seen]) => quarterList.some((start) => seen.has(start)) && !this.isOutside(host, sensor),
      )
      .map(([sensor]) => sensor)
      .sort(compareText);
  }

  /** Lists sensors that were on at the same time and see the host far more. */
  #listUsualOthers(host: string, sensor: string): readonly string[] {
    const bySensor = this.facts.totals.get(host);
    if (bySensor === undefined) return NONE;
    const key = `${sensor}\n${host}`;
    const usual = this.#usual.get(key) ?? this.#findUsual(bySensor, sensor);
    this.#usual.set(key, usual);
    return usual;
  }

  #findUsual(bySensor: ReadonlyMap<string, SeenTotals>, sensor: string): readonly string[] {
    const own = bySensor.get(sensor) ?? { seconds: 0, bytes: 0 };
    return this.#findBestObserved(bySensor)
      .filter(
        ([other, { seconds, bytes }]) =>
          !shareParts(sensor, other) &&
          (own.seconds < USUAL_TIME * seconds || own.bytes < USUAL_BYTES * bytes) &&
          this.#areTogether(sensor, other),
      )
      .map(([other]) => other);
  }

  /** Lists the sensors that see the host longest, and those that see most of its bytes: the others are unusual. */
  #findBestObserved(bySensor: ReadonlyMap<string, SeenTotals>): readonly (readonly [string, SeenTotals])[] {
    const existing = this.#best.get(bySensor);
    if (existing !== undefined) return existing;
    const all = [...bySensor];
    const most = (field: keyof SeenTotals): [string, SeenTotals][] =>
      all.toSorted(([a, x], [b, y]) => y[field] - x[field] || compareText(a, b)).slice(0, MAX_USUAL);
    const best = [...new Set([...most('seconds'), ...most('bytes')])].sort(([a], [b]) => compareText(a, b));
    this.#best.set(bySensor, best);
    return best;
  }

  /**
   * False for consecutive runs and captures: the later one may begin in the window in which the earlier one ends, and
   * continues it.
   */
  #areTogether(a: string, b: string): boolean {
    const [timesOfA, timesOfB] = [this.#times.get(a), this.#times.get(b)];
    if (timesOfA === undefined || timesOfB === undefined) return false;
    const from = Math.max(timesOfA.firstSeconds, timesOfB.firstSeconds);
    const to = Math.min(timesOfA.lastSeconds, timesOfB.lastSeconds);
    return (
      from < to ||
      (from === to &&
        [timesOfA, timesOfB].some((sensorTime) => sensorTime.firstSeconds === sensorTime.lastSeconds))
    );
  }
}

/** Builds sensors of hosts from a sensors file only. */
export const buildSensors = (networks: SensorNetworks | null): HostSensors =>
  new HostSensors({ networks, totals: new Map(), times: [], quarters: new Map() });

export const NO_HOST_SENSORS = buildSensors(null);

export function nameSensors(sensors: readonly string[]): Sentence {
  const sorted = [...sensors].sort(compareText);
  const more = sorted.length > MAX_NAMED ? ', …' : '';
  return phrase(sorted.length > 1 ? 'sensors' : 'oneSensor', {
    listed: sorted.slice(0, MAX_NAMED).join(', ') + more,
  });
}

/**
 * Derives the sensors of hosts that have names of the catalogue. With fewer than two sensors there is nothing to compare.
 */
export function buildHostSensors(
  all: readonly UsageWindow[],
  networks: SensorNetworks | null = null,
): HostSensors {
  const windows = all.filter((window) => !isSilentWindow(window));
  const times = listTimes(windows);
  if (times.length < 2) return new HostSensors({ networks, totals: new Map(), times, quarters: new Map() });
  const hosts = new Set<string>();
  for (const { rows, queriedNames } of windows)
    for (const list of [rows, queriedNames]) for (const { host } of list) hosts.add(host);
  const totals = networks === null ? buildTotals(windows, hosts) : new Map();
  return new HostSensors({ networks, totals, times, quarters: buildQuarters(windows, hosts) });
}

function buildTotals(windows: readonly UsageWindow[], hostSet: ReadonlySet<string>): HostTotalsBySensor {
  const totals = new Map<string, Map<string, SeenTotals>>();
  for (const window of windows) {
    const { sensor, lengthSeconds } = window;
    for (const [host, seen] of sumBytes(window)) {
      if (!hostSet.has(host)) continue;
      const bySensor = totals.get(host) ?? new Map<string, SeenTotals>();
      totals.set(host, bySensor);
      const { seconds, bytes } = bySensor.get(sensor) ?? { seconds: 0, bytes: 0 };
      bySensor.set(sensor, { seconds: seconds + lengthSeconds, bytes: bytes + seen });
    }
  }
  return totals;
}

function sumBytes({ hosts, rows, queriedNames }: UsageWindow): Map<string, number> {
  const bytes = new Map<string, number>(queriedNames.map(({ host }) => [host, 0]));
  for (const { host, bytesUp, bytesDown } of rows)
    bytes.set(host, (bytes.get(host) ?? 0) + bytesUp + bytesDown);
  for (const { host, bytesUp, bytesDown } of hosts) bytes.set(host, bytesUp + bytesDown);
  return bytes;
}

function listTimes(windows: readonly UsageWindow[]): SensorTime[] {
  const times = new Map<string, SensorTime>();
  for (const { sensor, startSeconds } of windows) {
    const { firstSeconds, lastSeconds } = times.get(sensor) ?? {
      firstSeconds: startSeconds,
      lastSeconds: startSeconds,
    };
    times.set(sensor, {
      sensor,
      firstSeconds: Math.min(firstSeconds, startSeconds),
      lastSeconds: Math.max(lastSeconds, startSeconds),
    });
  }
  return [...times.values()];
}

/** Returns the starts of the quarter hours in which windows begin. */
export const listQuarters = (windowSeconds: Iterable<number>): Set<number> =>
  new Set([...windowSeconds].map(floorToQuarter));

function buildQuarters(windows: readonly UsageWindow[], hostSet: ReadonlySet<string>): HostQuartersBySensor {
  const quarters = new Map<string, Map<string, Set<number>>>();
  for (const { sensor, startSeconds, hosts } of windows) {
    for (const { host } of hosts) {
      if (!hostSet.has(host)) continue;
      const bySensor = quarters.get(host) ?? new Map<string, Set<number>>();
      quarters.set(host, bySensor);
      const seen = bySensor.get(sensor) ?? new Set();
      bySensor.set(sensor, seen.add(floorToQuarter(startSeconds)));
    }
  }
  return quarters;
}

/** True for sums of windows with a common sensor. Their name joins the sensors by '+', so neither is unusual for the other. */
function shareParts(a: string, b: string): boolean {
  const parts = new Set(a.split('+'));
  return b.split('+').some((part) => parts.has(part));
}
