// Finds rows of several captures that hold the same packets, so that they count once.

import { MAX_RAW_EXCHANGES } from '../../model/ceilings.ts';
import { addTo } from '../../model/grouped-by.ts';
import type { UsageExchange, UsageRow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { QUARTER_SECONDS } from '../../time/units.ts';
import type { Slice } from './channel.ts';

/**
 * Maximum number of rows of one flow and quarter hour that are compared: fifteen windows of each of sixty sensors. Forged
 * windows may have more, which are not recognized as copies.
 */
const MAX_OF_FLOW = 1024;
/** Maximum number of exchanges of a row and its copies. */
const MAX_UNITED = 2 * MAX_RAW_EXCHANGES;

/** Lists the sensors that report the facts of the slice. */
export const listReporters = ({ sensor, copies }: Slice): string[] => [
  sensor,
  ...copies.filter(({ isSame }) => isSame).map((copy) => copy.sensor),
];

export function addReporters(reporters: Set<string>, { sensor, copies }: Slice): void {
  reporters.add(sensor);
  for (const copy of copies) if (copy.isSame) reporters.add(copy.sensor);
}

/** Lists the sensors that saw packets of the slice, possibly repeatedly. */
export const listSensors = ({ sensor, copies }: Slice): string[] => [
  sensor,
  ...copies.map((copy) => copy.sensor),
];

/** True for slices of one sensor, as of nearly all hosts: then there is nothing to compare. */
export const areOfOneSensor = (slices: readonly Slice[]): boolean =>
  slices.every(({ sensor }) => sensor === slices[0]?.sensor);

/** Maximum difference of the start times of copies of one exchange, by buffers of a switch and synchronized clocks. */
const SAME_START_MS = 1000;
/** Maximum difference with a wrong clock, if the sizes are equal. */
const CLOCK_ERROR_MS = 120_000;

/**
 * Merges slices of one host with the same flow at the same time in two captures: the one with more packets stays, with
 * the exchanges that only the other one saw. A 5-tuple has one flow at a time.
 */
export function withoutCopies(slices: readonly Slice[]): readonly Slice[] {
  if (areOfOneSensor(slices)) return slices;
  const ordered = [...slices].sort(compareFullness);
  const originals: Slice[] = [];
  const byFlow = new Map<string, number[]>();
  for (const slice of ordered) {
    // No window extends over a quarter hour, so copies are in the same one.
    const quarter = Math.floor(slice.windowSeconds / QUARTER_SECONDS);
    const keys = listIds(slice.row).map((id) => `${quarter} ${id}`);
    // A slice with another name or form can be a copy only if its capture began in the middle of the flow.
    const form = slice.row.fingerprint === null ? '' : ` ${slice.row.name} ${formatFingerprint(slice.row)}`;
    const at = keys
      .flatMap((key) => byFlow.get(`${key}${form}`) ?? [])
      .find((index) => isCopy(originals[index], slice));
    const original = at === undefined ? undefined : originals[at];
    if (at !== undefined && original !== undefined) {
      originals[at] = mergeCopy(original, slice);
      continue;
    }
    for (const key of keys.flatMap((plain) => [...new Set([plain, `${plain}${form}`])])) {
      const existing = byFlow.get(key);
      if (existing === undefined) byFlow.set(key, [originals.length]);
      else if (existing.length < MAX_OF_FLOW) existing.push(originals.length);
    }
    originals.push(slice);
  }
  return originals;
}

/**
 * Omits rows of logs whose connections are all in rows of packets or logs of other sensors with the same name: two
 * products may log one connection with different fingerprints, or one of them without any. The row with fewer facts is omitted.
 */
export function withoutLoggedCopies(slices: readonly Slice[]): readonly Slice[] {
  if (areOfOneSensor(slices)) return slices;
  const fullest = [...slices].sort((a, b) => countForms(b) - countForms(a) || compareFullness(a, b));
  const byConnection = new Map<string, Slice[]>();
  for (const slice of fullest) {
    for (const key of listKeys(slice)) {
      const existing = byConnection.get(key);
      if (existing === undefined) byConnection.set(key, [slice]);
      else if (existing.length < MAX_OF_FLOW) existing.push(slice);
    }
  }
  const copies = new Map<Slice, Slice['copies'][number][]>();
  const left = new Set<Slice>();
  for (const slice of [...fullest].reverse()) {
    const keys = slice.row.loggedSlices > 0 ? listKeys(slice) : [];
    if (keys.length === 0 || slice.row.flows > keys.length) continue;
    const originals = keys.map((key) =>
      byConnection.get(key)?.find((other) => !left.has(other) && covers(other, slice)),
    );
    const [original] = originals;
    if (original === undefined || originals.includes(undefined)) continue;
    left.add(slice);
    addTo(copies, original, { sensor: slice.sensor, isSame: false });
  }
  return slices
    .filter((slice) => !left.has(slice))
    .map((slice) => ({ ...slice, copies: [...slice.copies, ...(copies.get(slice) ?? [])] }));
}

const listKeys = ({ windowSeconds, row }: Slice): string[] =>
  row.communityIds.map((id) => `${Math.floor(windowSeconds / QUARTER_SECONDS)} ${id} ${row.name}`);

const countForms = ({ row: { fingerprint } }: Slice): number =>
  fingerprint === null ? 0 : Number(fingerprint.ja3 !== '') + Number(fingerprint.ja4 !== '');

const isSized = ({ unsizedUp, unsizedDown }: UsageRow): boolean => unsizedUp + unsizedDown === 0;

/** True if the other row can replace the slice: not without bytes, or with fewer fingerprints. */
const covers = (other: Slice, slice: Slice): boolean =>
  other.sensor !== slice.sensor &&
  countForms(other) >= countForms(slice) &&
  (isSized(other.row) || !isSized(slice.row)) &&
  Math.max(other.row.firstUs, slice.row.firstUs) <= Math.min(other.row.lastUs, slice.row.lastUs);

/**
 * Orders packets before rows of logs, which have no exchanges; then the fuller copy first. The result does not depend on the
 * order of windows.
 */
function compareFullness(a: Slice, b: Slice): number {
  return (
    Number(a.row.loggedSlices > 0) - Number(b.row.loggedSlices > 0) ||
    sumPackets(b) - sumPackets(a) ||
    b.row.payloadUp + b.row.payloadDown - a.row.payloadUp - a.row.payloadDown ||
    compareText(a.row.name, b.row.name) ||
    compareText(formatFingerprint(a.row), formatFingerprint(b.row)) ||
    a.windowSeconds - b.windowSeconds ||
    compareText(a.sensor, b.sensor)
  );
}

const formatFingerprint = ({ fingerprint }: Slice['row']): string =>
  fingerprint === null
    ? ''
    : [fingerprint.transport, fingerprint.ja4, fingerprint.ja3, ...fingerprint.alpn].join(' ');

/** Lists the Community IDs of a row. Windows with pseudonyms have none, so the times of hellos replace them. */
function listIds({ communityIds, name, fingerprint }: Slice['row']): readonly string[] {
  return communityIds.length > 0 ? communityIds : [`${name} ${fingerprint?.ja4 ?? ''}`];
}

function shareHello(a: Slice['row'], b: Slice['row']): boolean {
  return a.helloTimesUs.some((at) => b.helloTimesUs.some((us) => Math.abs(us - at) <= SAME_START_MS * 1000));
}

const sumPackets = ({ row }: Slice): number => row.packetsUp + row.packetsDown;

/** True for a copy. Consecutive captures may both contain a flow, but never at the same time. */
function isCopy(original: Slice | undefined, slice: Slice): boolean {
  if (original === undefined || original.sensor === slice.sensor) return false;
  const [a, b] = [original.row, slice.row];
  if (Math.max(a.firstUs, b.firstUs) >= Math.min(a.lastUs, b.lastUs)) return false;
  if (a.communityIds.length === 0 && !shareHello(a, b)) return false;
  if (hasSameHello(a, b)) return true;
  if (a.loggedSlices > 0 && b.loggedSlices > 0) return false;
  // Without its beginning, a flow has another name. Traffic after the end of the other capture is only in this one.
  return b.fingerprint === null && b.exchanges.length === 0 && b.lastUs <= a.lastUs + SAME_START_MS * 1000;
}

function hasSameHello(a: UsageRow, b: UsageRow): boolean {
  return a.name === b.name && formatFingerprint(a) === formatFingerprint(b);
}

function mergeCopy(original: Slice, copy: Slice): Slice {
  const { row } = original;
  const shiftMs = (copy.windowSeconds - original.windowSeconds) * 1000;
  const moved = copy.row.exchanges.map((exchange) => ({ ...exchange, startMs: exchange.startMs + shiftMs }));
  const added = findUnmatched(row.exchanges, moved).slice(0, Math.max(0, MAX_UNITED - row.exchanges.length));
  const ids = new Set(row.communityIds);
  const others = copy.row.fingerprint === null ? [] : copy.row.communityIds.filter((id) => !ids.has(id));
  return {
    ...original,
    copies: [...original.copies, { sensor: copy.sensor, isSame: hasSameHello(row, copy.row) }],
    row: {
      ...row,
      flows: row.flows + others.length,
      firstUs: Math.min(row.firstUs, copy.row.firstUs),
      lastUs: Math.max(row.lastUs, copy.row.lastUs),
      communityIds: [...row.communityIds, ...others],
      exchanges: [...row.exchanges, ...added],
    },
  };
}

/** Finds the exchanges of `others` that have no counterpart in `exchanges`, one for one. */
function findUnmatched(
  exchanges: readonly UsageExchange[],
  others: readonly UsageExchange[],
): UsageExchange[] {
  const free = new Set(exchanges);
  return others.filter((other) => {
    for (const usageExchange of free) {
      if (!isSame(usageExchange, other)) continue;
      free.delete(usageExchange);
      return false;
    }
    return true;
  });
}

function isSame(a: UsageExchange, b: UsageExchange): boolean {
  const apartMs = Math.abs(a.startMs - b.startMs);
  if (apartMs <= SAME_START_MS) return true;
  return apartMs <= CLOCK_ERROR_MS && a.bytesUp === b.bytesUp && a.bytesDown === b.bytesDown;
}
