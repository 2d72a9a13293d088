// Summarizes a read: captures, totals, and the order of rotated captures.

import { FILTERED } from '../../model/counters.ts';
import { errorAt, WiretallyError } from '../../model/errors.ts';
import { sumOf } from '../../model/extremes.ts';
import type { CaptureRecord, Counters } from '../../model/flow.ts';
import type { CaptureSummary, ReportStats } from '../../model/report.ts';
import type { CaptureDrops, ReadSummary } from '../../model/sensor.ts';
import { plural } from '../../text/quantity.ts';
import { formatInstant } from '../../time/instant.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import { MIN_GAP_US } from '../../window/capture-gaps.ts';
import { NO_COUNTERS, sumCounters } from '../threads/sum-counters.ts';
import type { Compression } from './compression.ts';
import { captureError } from './input-error.ts';

/** Maximum backward step of packet times. Packets are reordered by milliseconds on their way to a sensor. */
const BACKWARD_US = 10_000_000;

/** A counter of native-bindings/src/base/counters.h. */
const UNKNOWN_LINK = 'link.unknown_type';

/** Facts of a read in addition to its CaptureRecords. */
export interface ReadingEnd {
  readonly nameOf: (capture: CaptureRecord) => string;
  readonly inputOf: (capture: CaptureRecord) => { readonly compression: Compression } | null;
  readonly counters: Counters | null;
  /** Errors of inputs that failed below the capture format. */
  readonly errors: readonly WiretallyError[];
  readonly interrupted: boolean;
}

export function summarize(
  records: readonly CaptureRecord[],
  end: ReadingEnd,
): Omit<ReadSummary, 'captureStart'> {
  const { nameOf } = end;
  const captures = end.interrupted ? withoutCutOfLast(records) : records;
  // The sum also sorts the malformed reasons of a single input by name.
  const counters = sumCounters(withFiltered(captures), end.counters ?? NO_COUNTERS);
  const drops = capturesWithDrops(captures);
  const dropped = drops.reduce((sum, { count }) => sum + count, 0);
  const totals = { ...counters, kernelDrops: counters.kernelDrops + dropped };
  return {
    captures: captures
      .filter((capture) => capture.error === null || capture.packets > 0)
      .map((capture) => buildSummary(nameOf(capture), capture)),
    counters: totals,
    stats: buildStats(totals),
    errors: [...listErrors(captures, end), ...listUnsupported(captures, totals, nameOf)],
    notes: [...listBackward(captures, end), ...listNotes(captures, nameOf), ...listUnknownLinks(totals)],
    interrupted: end.interrupted,
    drops,
  };
}

function withFiltered(captures: readonly CaptureRecord[]): Counters {
  const filtered = sumOf(captures, (capture) => capture.filtered);
  return filtered === 0 ? NO_COUNTERS : { ...NO_COUNTERS, malformed: { [FILTERED]: filtered } };
}

/** Removes the error of an interrupted input, whose last record is incomplete but not damaged. */
function withoutCutOfLast(captures: readonly CaptureRecord[]): CaptureRecord[] {
  return captures.map((capture, i) =>
    i === captures.length - 1 && capture.truncated && capture.packets > 0
      ? { ...capture, truncated: false, error: null }
      : capture,
  );
}

/** Lists one error per input. A failed decompression explains the early end of its capture. */
function listErrors(captures: readonly CaptureRecord[], end: ReadingEnd): WiretallyError[] {
  const failed = new Map(end.errors.map((error) => [error.where, error]));
  for (const capture of captures) {
    const file = end.nameOf(capture);
    const existing = failed.get(file);
    if (existing !== undefined) {
      if (capture.packets === 0) failed.set(file, markUnreadable(existing));
      continue;
    }
    const isCompressed = (end.inputOf(capture)?.compression ?? 'none') !== 'none';
    const error = captureError(file, capture, isCompressed);
    if (error !== null) failed.set(file, error);
  }
  return [...failed.values()];
}

function markUnreadable(error: WiretallyError): WiretallyError {
  return new WiretallyError('INPUT_UNREADABLE', error.message, {
    cause: error,
    ...(error.where && { where: error.where }),
  });
}

/** Reports packets much earlier than their predecessor, because a clock was set back or a record was forged. */
function listBackward(captures: readonly CaptureRecord[], { nameOf }: ReadingEnd): string[] {
  return captures
    .filter(({ backUs }) => backUs >= BACKWARD_US)
    .map(
      (capture) =>
        `${nameOf(capture)}: times run backwards, by ${Math.ceil(capture.backUs / US)} s at most; ` +
        'first and last times, days and windows follow the packets',
    );
}

/** Reports captures with unsupported link types only, because none of their packets was decoded. */
function listUnsupported(
  captures: readonly CaptureRecord[],
  totals: Counters,
  nameOf: (capture: CaptureRecord) => string,
): WiretallyError[] {
  const packets = captures.reduce((sum, capture) => sum + capture.packets, 0);
  if (packets === 0 || totals.malformed[UNKNOWN_LINK] !== packets) return [];
  return captures.map((capture) => {
    const file = nameOf(capture);
    const types = capture.linkTypes.map((type) => `link type ${describeLinkType(type)}`).join('; ');
    return errorAt('INPUT_UNREADABLE', file, `${types}: not supported`, {
      next: 'capture with Ethernet, Linux cooked or raw IP headers',
    });
  });
}

function listUnknownLinks(totals: Counters): string[] {
  const count = totals.malformed[UNKNOWN_LINK] ?? 0;
  if (count === 0 || count === totals.packets) return [];
  return [
    `${plural(count, 'packet')} of a link type that is not supported ${count === 1 ? 'was' : 'were'} not read`,
  ];
}

function buildSummary(file: string, capture: CaptureRecord): CaptureSummary {
  const { error } = capture;
  return {
    file,
    packets: capture.packets,
    bytes: capture.bytes,
    firstPacket: instantOrNull(capture.firstUs),
    lastPacket: instantOrNull(capture.lastUs),
    linkTypes: capture.linkTypes,
    truncated: capture.truncated,
    ...(capture.backUs < BACKWARD_US ? {} : { clockBackSeconds: Math.ceil(capture.backUs / US) }),
    ...(error === null ? {} : { error: { offset: error.offset, reason: error.reason } }),
  };
}

function instantOrNull(us: TimestampUs | null): string | null {
  return us === null ? null : formatInstant(us);
}

function buildStats(counters: Counters): ReportStats {
  return {
    packets: counters.packets,
    bytes: counters.bytes,
    flows: counters.flows,
    clientHellos: { complete: counters.hellosComplete, incomplete: counters.hellosIncomplete },
    malformed: counters.malformed,
    snaplenCut: counters.snaplenCut,
    evictedFlows: counters.evictedFlows,
    kernelDrops: counters.kernelDrops,
  };
}

/** Describes the longest pause and overlap between captures. A report lists the pauses that the intervals of packets do not explain. */
function listNotes(captures: readonly CaptureRecord[], nameOf: (capture: CaptureRecord) => string): string[] {
  const [gaps, overlaps]: [TimeNote[], TimeNote[]] = [[], []];
  let before: CaptureRecord | null = null;
  for (const capture of captures) {
    if (capture.firstUs === null || capture.lastUs === null) continue;
    if (before?.lastUs != null) {
      const us = capture.firstUs - before.lastUs;
      const [name, other] = [nameOf(capture), nameOf(before)];
      if (us > MIN_GAP_US) {
        gaps.push({
          us,
          text: `${name} begins ${formatSeconds(us)} after ${other} ends: no packets between`,
        });
      } else if (us < 0) {
        const text = `${name} begins ${formatSeconds(-us)} before ${other} ends: packets that are in both count twice`;
        overlaps.push({ us: -us, text });
      }
    }
    if (before?.lastUs == null || capture.lastUs > before.lastUs) before = capture;
  }
  return [...findLongest(gaps, 'pause'), ...findLongest(overlaps, 'overlap')];
}

interface TimeNote {
  readonly us: number;
  readonly text: string;
}

/** Returns the note of the longest, with the number of the others; empty without notes. */
function findLongest(notes: readonly TimeNote[], word: string): string[] {
  const [longest, ...others] = notes.toSorted((a, b) => b.us - a.us);
  if (longest === undefined) return [];
  return [longest.text + (others.length === 0 ? '' : `; ${plural(others.length, `shorter ${word}`)}`)];
}

function formatSeconds(us: number): string {
  return `${(us / US).toFixed(us < 10_000_000 ? 3 : 0)} s`;
}

// Counts each drop once. Drop counters continue when a capture is rotated.

/**
 * Lists captures with drops, by time. Counters with the same start belong to one run, so that only the increase over
 * the previous file counts.
 */
export function capturesWithDrops(captures: readonly CaptureRecord[]): CaptureDrops[] {
  const counted = new Map<number, number>();
  const found: CaptureDrops[] = [];
  for (const { firstUs, lastUs, drops, dropsSinceUs } of captures.toSorted(compareTime)) {
    const before = dropsSinceUs === 0 ? 0 : (counted.get(dropsSinceUs) ?? 0);
    counted.set(dropsSinceUs, Math.max(before, drops));
    const count = drops >= before ? drops - before : drops;
    if (count > 0 && firstUs !== null && lastUs !== null) found.push({ firstUs, lastUs, count });
  }
  return found;
}

const compareTime = (a: CaptureRecord, b: CaptureRecord): number =>
  (a.firstUs ?? 0) - (b.firstUs ?? 0) || (a.lastUs ?? 0) - (b.lastUs ?? 0);

/** Link types that captures may have but that are not supported (tcpdump.org/linktypes.html). */
const LINK_TYPES: Readonly<Record<number, string>> = {
  3: 'AX.25',
  7: 'ARCNET',
  11: 'ATM of BSD',
  114: 'LocalTalk',
  118: 'Cisco IOS',
  120: 'Aironet header',
  129: 'ARCNET of Linux',
  130: 'Juniper multilink PPP',
  131: 'Juniper multilink Frame Relay',
  132: 'Juniper encryption services',
  133: 'Juniper GGSN',
  134: 'Juniper Frame Relay bundle',
  135: 'Juniper ATM2',
  136: 'Juniper services',
  137: 'Juniper ATM1',
  139: 'SS7 MTP2 with pseudo-header',
  140: 'SS7 MTP2',
  141: 'SS7 MTP3',
  142: 'SS7 SCCP',
  144: 'infrared of Linux',
  165: 'BACnet MS/TP',
  168: 'Juniper PPPoE over ATM',
  169: 'GPRS LLC',
  177: 'LAPD of Linux',
  182: 'Juniper multilink Frame Relay UNI',
  183: 'Juniper voice',
  187: 'Bluetooth HCI',
  189: 'USB of Linux',
  194: 'Juniper monitoring',
  195: 'IEEE 802.15.4',
  200: 'Juniper secure tunnel',
  201: 'Bluetooth HCI with direction',
  203: 'LAPD',
  209: 'IPMB of Linux',
  215: 'IEEE 802.15.4 with preamble',
  220: 'USB of Linux with padding',
  224: 'Fibre Channel',
  225: 'Fibre Channel with delimiters',
  227: 'CAN bus',
  230: 'IEEE 802.15.4 without FCS',
  231: 'D-Bus',
  243: 'MPEG-2 transport stream',
  245: 'NFC',
  246: 'pfsync of OpenBSD',
  247: 'InfiniBand',
  248: 'SCTP',
  249: 'USB of Windows',
  251: 'Bluetooth Low Energy',
  252: 'packets exported by Wireshark',
  253: 'netlink of Linux',
  254: 'Bluetooth monitor of Linux',
  256: 'Bluetooth Low Energy with radio header',
  259: 'Ethernet passive optical network',
  266: 'USB of macOS',
  270: 'systemd journal',
  271: 'virtual sockets of Linux',
  283: 'IEEE 802.15.4 TAP',
  289: 'event trace of Windows',
};

/** Returns the number, and the name if known: "109, OpenBSD encapsulation". */
function describeLinkType(type: number): string {
  // These are LINKTYPE_USER0 to USER15.
  const name = type >= 147 && type <= 162 ? 'for private use' : LINK_TYPES[type];
  return name === undefined ? String(type) : `${type}, ${name}`;
}
