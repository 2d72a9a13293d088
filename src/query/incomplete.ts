// Describes how complete a reading is, and lists the inputs that were not read to their end.

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { WiretallyError } from '../model/errors.ts';
import type { CaptureSummary, IncompleteInput } from '../model/report.ts';
import type { InterfaceDown } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { WindowTimes } from '../window/observed.ts';
import type { SensorNetworks } from '../window/sensor-networks.ts';

/** Windows of a reading, and how complete the reading was. */
export interface Reading {
  readonly catalogue: Catalogue;
  readonly windows: readonly UsageWindow[];
  /** Limits the hosts that each sensor may report; absent or null without a sensors file. */
  readonly networks?: SensorNetworks | null;
  readonly interrupted: boolean;
  /** Inputs that were not read to their end, or not at all. */
  readonly incomplete: readonly IncompleteInput[];
  /** All windows that were read, if `windows` is a part of them: they decide what was observed at its edges. */
  readonly around?: readonly WindowTimes[];
  /** Interfaces of a live sensor that are down now. */
  readonly down?: readonly InterfaceDown[];
  /** Requested part of the time, in Unix seconds. */
  readonly requestedSpan?: {
    readonly sinceSeconds?: number | undefined;
    readonly untilSeconds?: number | undefined;
  };
}

/**
 * Entries follow from the messages about each input; damage in windows is of no known time, so its bytes count as unread.
 */
export function listIncompleteInputs(
  errors: readonly WiretallyError[],
  captures: readonly CaptureSummary[],
  files: readonly string[],
): IncompleteInput[] {
  const found = new Map<string, IncompleteInput>();
  for (const capture of captures) {
    if (capture.truncated || capture.error !== undefined)
      found.set(capture.file, { file: capture.file, reason: 'cut', lastPacket: capture.lastPacket });
  }
  for (const { file, lastPacket, log } of captures) {
    if (log?.unread != null && !found.has(file)) found.set(file, { file, reason: log.unread, lastPacket });
  }
  // A few damaged lines do not make a log incomplete.
  const counted = new Set(captures.flatMap(({ file, log }) => (log === undefined ? [] : [file])));
  for (const error of errors) {
    const file = error.where ?? files[0] ?? '';
    if (counted.has(file)) continue;
    if (found.has(file)) continue;
    const lastPacket = captures.find((capture) => capture.file === file)?.lastPacket ?? null;
    const isCut = error.code === 'INPUT_DAMAGED' && lastPacket !== null;
    found.set(file, { file, reason: isCut ? 'cut' : 'unread', lastPacket });
  }
  return [...found.values()];
}
