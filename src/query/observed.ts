// Derives the observed time of a scope: the windows of the sensors that can see it, less their gaps. Reports, verdicts, statements and the
// list of sensors read it here and in src/window/observed.ts, and nowhere else.

import { groupBy } from '../model/grouped-by.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { ObservedScope } from '../model/policy.ts';
import { DERIVED_SENSOR_NAME } from '../model/sensor.ts';
import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import type { Break, Observed, ReadingFacts } from '../policy/observed.ts';
import { isWithin, type WindowQuery } from '../store/store.ts';
import { findHull, spansInBoth, spansWithout, type TimeSpan, uniteSpans } from '../time/spans.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';
import { isSampled } from '../window/flaws.ts';
import { findRuns, partSpan } from '../window/heard.ts';
import {
  listGaps,
  listObservedWindows,
  type SensorTime,
  sensorTimes,
  type WindowTimes,
  widened,
} from '../window/observed.ts';
import { listReportedHosts, type SensorNetworks } from '../window/sensor-networks.ts';
import { EMPTY_STATS, listExcludedNetworks, windowKey } from '../window/sums.ts';

/**
 * `around`: all known windows, where `windows` are those of a span. With a sensors file its networks decide which sensors see a
 * scope, else the hosts that each reported.
 */
export function measureObserved(
  windows: readonly UsageWindow[],
  reading: ReadingFacts,
  {
    around = [],
    networks = null,
  }: { around?: readonly WindowTimes[]; networks?: SensorNetworks | null } = {},
): Observed {
  const allWindows = listObservedWindows(windows, around);
  const sensors = sensorTimes(allWindows);
  const lookups = listLookupSensors(windows);
  const seeing =
    lookups.size === 0 ? sensors : sensorTimes(allWindows.filter(({ sensor }) => !lookups.has(sensor)));
  const unread = unreadAtBounds(windows, around, reading);
  const read = withoutUnread(seeing, unread);
  const hostsOf = hostsBySensor(read, windows);
  const gaps = allWindows.flatMap((window) => window.gaps ?? []);
  const sees: Observed['sees'] = (sensor, { hosts }) => {
    const reported = hostsOf.get(sensor)?.hosts;
    if (reported === undefined) return true;
    for (const host of hosts) if (reported.has(host)) return true;
    return false;
  };
  return {
    ...reading,
    isCutAtStart: [...unread.values()].some((parts) =>
      parts.some(({ fromUs }) => fromUs < (reading.sinceSeconds ?? Number.NEGATIVE_INFINITY) * US),
    ),
    isCutAtEnd: [...unread.values()].some((parts) =>
      parts.some(({ untilUs }) => untilUs > (reading.untilSeconds ?? Number.POSITIVE_INFINITY) * US),
    ),
    spansBySensor: (scope, isBlind = () => false) =>
      read
        .flatMap(({ names, spans }) => {
          const [sensor = ''] = [...names].sort(compareText);
          const isCounted = !DERIVED_SENSOR_NAME.test(sensor) && !isBlind(sensor) && sees(sensor, scope);
          return isCounted ? [{ sensor, spans }] : [];
        })
        .sort((a, b) => compareText(a.sensor, b.sensor)),
    spansOf: (scope, isBlind = () => false) => {
      const seeing = read.filter(({ names }) => ![...names].every(isBlind));
      return networks?.networkTests === undefined
        ? findSpansByHosts(seeing, hostsOf, scope)
        : findSpansByNetworks(seeing, networks.networkTests(scope));
    },
    gaps: listGaps(allWindows, reading, sensors),
    whole: findHull(spansInBoth(uniteSpans(windows.flatMap(listReach)), listRanges(sensors))),
    breaks: gaps
      .flatMap(listBreak)
      .filter((gap) => isInSpan(gap, reading))
      .sort((a, b) => a.fromUs - b.fromUs || compareText(a.reason, b.reason)),
    sees,
    traffic: windows.map((window) => ({
      sensor: window.sensor,
      startSeconds: window.startSeconds,
      packets: window.stats.packets,
      kernelDrops: window.stats.kernelDrops,
      flaws: window.flaws ?? [],
      excluded: listExcludedNetworks(window),
    })),
    sampled: [...groupBy(windows, ({ sensor }) => sensor)].flatMap(([sensor, own]) =>
      isSampled(own) ? sensor : [],
    ),
  };
}

/**
 * Returns the sensors that reported hosts and never a connection, as of a DNS server: time with lookups alone does not
 * show absent use. Empty if none reported a connection.
 */
function listLookupSensors(windows: readonly UsageWindow[]): ReadonlySet<string> {
  const sensors = new Set([...listReportedHosts(windows)].map(([sensor]) => sensor));
  const connected = windows.filter(({ hosts, rows }) =>
    [hosts, rows].some((list) => list.some(({ flows }) => flows > 0)),
  );
  if (connected.length === 0) return new Set();
  for (const { sensor } of connected) sensors.delete(sensor);
  return sensors;
}

/** Windows are read whole: one across a bound of the span is not, and the part of it in the span was not looked into. */
function unreadAtBounds(
  windows: readonly UsageWindow[],
  around: readonly WindowTimes[],
  { sinceSeconds, untilSeconds }: ReadingFacts,
): Map<string, TimeSpan[]> {
  const cut = around.filter(({ startSeconds, lengthSeconds }) =>
    [sinceSeconds, untilSeconds].some(
      (bound) => bound !== null && startSeconds < bound && startSeconds + lengthSeconds > bound,
    ),
  );
  if (cut.length === 0) return new Map();
  const own = new Set(windows.map(windowKey));
  const unread = cut.filter((window) => !own.has(windowKey(window)));
  return new Map(
    [...groupBy(unread, ({ sensor }) => sensor)].map(([name, parts]) => [name, parts.map(partSpan)]),
  );
}

const withoutUnread = (
  sensors: readonly SensorTime[],
  unread: ReadonlyMap<string, readonly TimeSpan[]>,
): SensorTime[] =>
  sensors.map((sensor) => {
    const parts = [...sensor.names].flatMap((name) => unread.get(name) ?? []);
    return parts.length === 0 ? sensor : { ...sensor, spans: spansWithout(sensor.spans, parts) };
  });

/** Joins a window with its gaps, so that a gap at its end does not shorten the time. */
const listReach = (window: WindowTimes): TimeSpan[] => [
  ...(findRuns(window) ?? [partSpan(window)]),
  ...(window.gaps ?? []).map(({ fromUs, toUs }) => ({ fromUs, untilUs: toUs })),
];

const listRanges = (sensors: readonly SensorTime[]): TimeSpan[] =>
  uniteSpans(sensors.flatMap(({ range }) => range ?? []));

const BREAKS: Partial<Record<CaptureGap['reason'], Break['reason']>> = {
  cut: 'cut',
  interrupted: 'interrupted',
  logIgnored: 'ignored',
};

function listBreak({ reason, fromUs, toUs }: CaptureGap): Break[] {
  const breakReason = BREAKS[reason];
  return breakReason === undefined
    ? []
    : [{ reason: breakReason, fromUs, untilUs: toUs > fromUs ? toUs : null }];
}

/** True for what overlaps the requested span. */
function isInSpan(
  { fromUs, untilUs }: Pick<Break, 'fromUs' | 'untilUs'>,
  { sinceSeconds, untilSeconds }: ReadingFacts,
): boolean {
  if (untilSeconds !== null && fromUs >= untilSeconds * US) return false;
  return sinceSeconds === null || untilUs === null || untilUs > sinceSeconds * US;
}

type HostsOf = ReadonlyMap<string, { readonly sensor: SensorTime; readonly hosts: Set<string> }>;

/** A single sensor needs no list: it reported everything in scope. */
function hostsBySensor(sensors: readonly SensorTime[], windows: readonly UsageWindow[]): HostsOf {
  if (sensors.length < 2) return new Map();
  const byName = new Map(
    sensors.flatMap((sensor) => {
      const hosts = new Set<string>();
      return [...sensor.names].map((name) => [name, { sensor, hosts }] as const);
    }),
  );
  for (const [sensor, host] of listReportedHosts(windows)) byName.get(sensor)?.hosts.add(host);
  return byName;
}

/** Gaps of one sensor of a fleet: no other one sees its traffic. */
const isOfFleet = ({ reason }: CaptureGap): boolean => reason === 'silent' || reason === 'givenUp';

/** Windows of different sensors arrive at different times. */
const MAX_LAG_US = QUARTER_SECONDS * US;

/** From the first window of all sensors to the last; of runs without a name from their own, as another one may be what follows. */
function listSensorTimes({ names, range }: SensorTime, whole: TimeSpan | null): TimeSpan[] {
  if (range === null || whole === null) return [];
  if ([...names].some((name) => DERIVED_SENSOR_NAME.test(name))) return [range];
  const fromUs = range.fromUs - whole.fromUs > MAX_LAG_US ? whole.fromUs : range.fromUs;
  const untilUs = whole.untilUs - range.untilUs > MAX_LAG_US ? whole.untilUs : range.untilUs;
  return [{ fromUs, untilUs }];
}

/**
 * When a sensor that reported hosts of the scope was on. Where one was not, another counts only if it reported at least half
 * of the same hosts.
 */
function findSpansByHosts(
  sensors: readonly SensorTime[],
  hostsOf: HostsOf,
  { hosts }: ObservedScope,
): TimeSpan[] {
  if (hosts.size === 0) return [];
  const seenBy = new Map(
    sensors.map((sensor) => {
      const [name = ''] = sensor.names;
      const reported = [...(hostsOf.get(name)?.hosts ?? (sensors.length === 1 ? hosts : []))];
      return [sensor, new Set(reported.filter((host) => hosts.has(host)))] as const;
    }),
  );
  const watching = sensors.filter((sensor) => (seenBy.get(sensor)?.size ?? 0) > 0);
  const counted = watching.length === 0 ? sensors : watching;
  const covers = (other: SensorTime, sensor: SensorTime): boolean => {
    const [own, others] = [seenBy.get(sensor) ?? new Set(), seenBy.get(other) ?? new Set()];
    return other === sensor || 2 * [...own].filter((host) => others.has(host)).length >= own.size;
  };
  const whole = findHull(counted.flatMap(({ range }) => range ?? []));
  const pauses = counted.flatMap((sensor) => {
    const own = spansWithout(listSensorTimes(sensor, whole), sensor.spans);
    // Most sensors have no gaps and need no comparison with the others.
    if (own.length === 0) return [];
    return spansWithout(
      own,
      counted.filter((other) => covers(other, sensor)).flatMap(({ spans }) => spans),
    );
  });
  const silent = sensors.flatMap(({ gaps }) =>
    gaps.filter(isOfFleet).map(({ fromUs, toUs }) => ({ fromUs, untilUs: toUs })),
  );
  return spansWithout(uniteSpans(counted.flatMap(({ spans }) => spans)), [...pauses, ...silent]);
}

/** When each network of the scope was watched by a sensor that may report it. */
function findSpansByNetworks(
  sensors: readonly SensorTime[],
  watchers: readonly ((sensor: string) => boolean)[],
): TimeSpan[] {
  const [first = [], ...others] = watchers.map((sees) =>
    uniteSpans(sensors.filter(({ names }) => [...names].some(sees)).flatMap(({ spans }) => spans)),
  );
  return others.reduce(spansInBoth, first);
}

/** Chooses the windows around a span from which observed time is derived: for each sensor the nearest, the first and the last. */
export function selectAround(
  around: readonly WindowTimes[],
  windows: readonly WindowTimes[],
  query: WindowQuery,
): UsageWindow[] {
  const own = new Set(windows.map(windowKey));
  const edges = new Map<string, readonly [WindowTimes, WindowTimes]>();
  for (const window of around) {
    const [first, last] = edges.get(window.sensor) ?? [window, window];
    edges.set(window.sensor, [
      window.startSeconds < first.startSeconds ? window : first,
      window.startSeconds > last.startSeconds ? window : last,
    ]);
  }
  const edgeWindows = new Set([...edges.values()].flat());
  const near = widened(query);
  return around
    .filter((window) => !own.has(windowKey(window)) && (isWithin(window, near) || edgeWindows.has(window)))
    .map(({ sensor, startSeconds, lengthSeconds, heard, gaps, stats }) => ({
      sensor,
      startSeconds,
      lengthSeconds,
      revision: 0,
      hosts: [],
      rows: [],
      queriedNames: [],
      stats: { ...EMPTY_STATS, frames: stats?.frames ?? 0 },
      ...omitUndefined({ heard, gaps }),
    }));
}
