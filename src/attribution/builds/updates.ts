// Finds use of the update channel of a tool: received bytes and times.

import { isAmong } from '../../catalogue/name-index.ts';
import type { BuildFacts, ToolEntry } from '../../catalogue/schema.ts';
import { listUpdateNames } from '../../catalogue/update-names.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { UpdateDay } from '../../model/report.ts';
import type { SignDay, UpdateTraffic } from '../../model/tool.ts';
import { compareText } from '../../net/address.ts';
import { versionBefore } from '../../text/version.ts';
import { formatInstant } from '../../time/instant.ts';
import { QUARTER_SECONDS, US } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import type { Channel } from '../traffic/channel.ts';
import { findFirstBuildAfter } from './build-sums.ts';

/** Less received bytes in one day count as a check for a new release. */
const MIN_RELEASE_BYTES = 1 << 20;

function sumBySpan(
  updates: Iterable<UpdateTraffic>,
  spanOf: (firstSeconds: number) => number | string,
): UpdateTraffic[] {
  const found = new Map<string, Mutable<UpdateTraffic>>();
  for (const { name, firstUs, lastUs, payloadDown } of updates) {
    const key = `${spanOf(Math.floor(firstUs / US))} ${name}`;
    const existing = found.get(key);
    if (existing === undefined) found.set(key, { name, firstUs, lastUs, payloadDown });
    else {
      existing.firstUs = Math.min(existing.firstUs, firstUs);
      existing.lastUs = Math.max(existing.lastUs, lastUs);
      existing.payloadDown += payloadDown;
    }
  }
  return [...found.values()];
}

/** Groups updates by name and quarter hour, in order of time. `held`: channels of the tool in an activity period. */
export function listUpdates(
  tool: ToolEntry,
  held: readonly { readonly channel: Channel }[],
): UpdateTraffic[] {
  const names = listUpdateNames(tool);
  if (names.length === 0) return [];
  const own = held.filter(({ channel }) => channel.isAnswered && isAmong(names, channel.name));
  const traffic = own.flatMap(({ channel: { name, slices } }) =>
    slices.map(({ row: { firstUs, lastUs, payloadDown } }) => ({ name, firstUs, lastUs, payloadDown })),
  );
  // Sums of the quarter hour decide, since stores join shorter windows.
  return sumBySpan(traffic, (seconds) => Math.floor(seconds / QUARTER_SECONDS))
    .filter(({ payloadDown }) => payloadDown > 0)
    .sort((a, b) => a.firstUs - b.firstUs || compareText(a.name, b.name));
}

/** Sums updates by day of the zone and by name. `updates`: those of one tool on one host, in any order. */
export function updateDays(updates: readonly UpdateTraffic[], zone: Zone): UpdateDay[] {
  const findDay = (seconds: number): string => zone.dayOf(seconds);
  return sumBySpan(updates, findDay)
    .map(({ name, firstUs, lastUs, payloadDown }) => ({
      date: findDay(Math.floor(firstUs / US)),
      name,
      first: formatInstant(firstUs),
      last: formatInstant(lastUs),
      payloadDown,
      isRelease: payloadDown >= MIN_RELEASE_BYTES,
    }))
    .sort((a, b) => compareText(a.date, b.date) || compareText(a.name, b.name));
}

/** Adds the last earlier download to days of use. */
export function withDownloads(
  days: readonly SignDay[],
  updates: readonly UpdateDay[],
  facts: BuildFacts | undefined,
): SignDay[] {
  return days.map((day) => {
    const found = updates.findLast(({ date, isRelease }) => isRelease && date < day.date);
    if (found === undefined || day.state !== 'cannotSay') return day;
    // Builds have UTC dates, days have dates of the zone.
    const later = findFirstBuildAfter(found.last.slice(0, 'YYYY-MM-DD'.length), facts?.dates ?? {});
    return { ...day, downloaded: { date: found.date, newest: later === null ? null : versionBefore(later) } };
  });
}
