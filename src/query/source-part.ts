// Cuts a source to a span of time.

import { groupBy } from '../model/grouped-by.ts';
import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { statsOfWindows } from '../report/document/window-totals.ts';
import { endsBy, isWithin, type WindowQuery } from '../store/store.ts';
import { US } from '../time/units.ts';
import { openZone } from '../time/zone.ts';
import { listCoverage } from '../window/coverage.ts';
import { filterParts } from '../window/host-parts.ts';
import type { WindowTimes } from '../window/observed.ts';
import { addSilentWindows } from './fleet-facts.ts';
import type { SourceRead } from './source.ts';

/** Windows are read whole: only those that lie in the span count, so that no use before or after it is a finding. */
export function cutToSpan(
  source: SourceRead,
  since: number | undefined,
  until: number | undefined,
  timezone: string,
): SourceRead {
  if (since === undefined && until === undefined) return source;
  const isInSpan = (window: UsageWindow): boolean => until === undefined || endsBy(window, until);
  return cutToWindows(source, { sinceSeconds: since, untilSeconds: until }, timezone, isInSpan);
}

/** The time before a span. A window across the bound belongs to the time in which it begins, as in sums of a store. */
export const cutToBefore = (source: SourceRead, since: number, until: number, timezone: string): SourceRead =>
  cutToWindows(source, { sinceSeconds: since, untilSeconds: until }, timezone, () => true);

function cutToWindows(
  source: SourceRead,
  period: WindowQuery,
  timezone: string,
  isInSpan: (window: UsageWindow) => boolean,
): SourceRead {
  const around = withNotContained(source, period);
  const part = source.windows.filter((window) => isWithin(window, period) && isInSpan(window));
  const parts =
    source.fleet === undefined
      ? { windows: part }
      : addSilentWindows(source.fleet, part, period, { around, requestedSpan: period });
  const { windows } = parts;
  return {
    ...source,
    ...parts,
    requestedSpan: period,
    around,
    stats: statsOfWindows(windows),
    coverage: listCoverage(windows, openZone(timezone), { around, requestedSpan: period }),
  };
}

/**
 * Gives the windows around a part. The requested time that the source does not contain is a gap of each sensor: windows
 * there only show that the sensor was on.
 */
function withNotContained(
  { windows, around = windows, contains = {} }: SourceRead,
  { sinceSeconds, untilSeconds }: WindowQuery,
): readonly WindowTimes[] {
  const parts = [
    ...(startsEarlier(sinceSeconds, contains.sinceSeconds) ? [{ untilSeconds: contains.sinceSeconds }] : []),
    ...(startsEarlier(contains.untilSeconds, untilSeconds) ? [{ sinceSeconds: contains.untilSeconds }] : []),
  ];
  if (parts.length === 0) return around;
  const sensors = [...groupBy(around, ({ sensor }) => sensor).values()];
  return sensors.flatMap((own) => parts.reduce(withGapIn, own));
}

/** Adds one gap that covers the windows of a sensor in a span, up to or from the bound of the span. */
function withGapIn(windows: readonly WindowTimes[], span: WindowQuery): readonly WindowTimes[] {
  const inside = windows.filter((window) => isWithin(window, span));
  const [first] = inside;
  if (first === undefined) return windows;
  const starts = inside.map(({ startSeconds }) => startSeconds);
  const ends = inside.map(({ startSeconds, lengthSeconds }) => startSeconds + lengthSeconds);
  const fromUs = Math.min(...starts, span.sinceSeconds ?? Infinity) * US;
  const toUs = Math.max(...ends, span.untilSeconds ?? 0) * US;
  const gaps: CaptureGap[] = [...(first.gaps ?? []), { fromUs, toUs, reason: 'notInBundle' }];
  return windows.map((window) => (window === first ? { ...window, gaps } : window));
}

const startsEarlier = (a: number | undefined, b: number | undefined): boolean =>
  a !== undefined && b !== undefined && a < b;

/** Cuts a source to other hosts of the same span. */
export function sourceWithout(source: SourceRead, hosts: ReadonlySet<string>): SourceRead {
  if (hosts.size === 0) return source;
  return {
    ...source,
    windows: withoutHosts(source.windows, hosts),
    firstUses: source.firstUses.filter(({ host }) => !hosts.has(host)),
  };
}

function withoutHosts(windows: readonly UsageWindow[], hosts: ReadonlySet<string>): UsageWindow[] {
  const isLeft = ({ host }: { readonly host: string }): boolean => !hosts.has(host);
  return windows.map((window) => ({
    ...filterParts(window, (host) => !hosts.has(host)),
    hosts: window.hosts.filter(isLeft),
    rows: window.rows.filter(isLeft),
    queriedNames: window.queriedNames.filter(isLeft),
  }));
}
