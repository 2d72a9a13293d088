// Reads capture and counters records.

import type { CaptureRecord, Counters } from '../model/flow.ts';
import { latin1 } from './byte-text.ts';
import type { RecordContext } from './record-context.ts';
import { CAPTURE, CAPTURE_FLAGS, COUNTERS, RECORD } from './record-layout.ts';
import * as values from './record-values.ts';

/** Bytes of one entry of the malformed list: counter number, reserved, count. */
const MALFORMED_ENTRY = 16;

export function readCapture(context: RecordContext, at: number): CaptureRecord {
  const view = context.view;
  const flags = view.getUint16(at + RECORD.flags, true);
  const packets = values.readU64(view, at + CAPTURE.packets);
  const linksAt = at + CAPTURE.size;
  const linksLength = view.getUint16(at + CAPTURE.linksLength, true);
  const reasonAt = linksAt + linksLength;
  const code = view.getUint32(at + CAPTURE.errorCode, true);
  return {
    fileIndex: view.getUint32(at + CAPTURE.fileIndex, true),
    packets,
    bytes: values.readU64(view, at + CAPTURE.wireBytes),
    firstUs: packets === 0 ? null : values.readUs(view, at + CAPTURE.firstNs),
    lastUs: packets === 0 ? null : values.readUs(view, at + CAPTURE.lastNs),
    backUs: Math.floor(values.readU64(view, at + CAPTURE.backNs) / 1000),
    drops: values.readU64(view, at + CAPTURE.drops),
    dropsSinceUs: values.readUs(view, at + CAPTURE.dropsSinceNs),
    linkTypes: values.readU16s(view, linksAt, linksLength),
    truncated: (flags & CAPTURE_FLAGS.truncated) !== 0,
    damaged: (flags & CAPTURE_FLAGS.damaged) !== 0,
    error:
      code === 0
        ? null
        : {
            code,
            offset: values.readU64(view, at + CAPTURE.errorOffset),
            reason: latin1(
              context.bytes,
              reasonAt,
              reasonAt + view.getUint16(at + CAPTURE.errorLength, true),
            ),
          },
  };
}

export function readCounters(context: RecordContext, at: number, names: readonly string[]): Counters {
  const view = context.view;
  const malformed: Record<string, number> = {};
  const count = view.getUint32(at + COUNTERS.malformedCount, true);
  for (let i = 0; i < count; i++) {
    const entry = at + COUNTERS.size + i * MALFORMED_ENTRY;
    malformed[names[view.getUint32(entry, true)] ?? 'unknown'] = values.readU64(view, entry + 8);
  }
  return {
    packets: values.readU64(view, at + COUNTERS.packets),
    bytes: values.readU64(view, at + COUNTERS.wireBytes),
    flows: values.readU64(view, at + COUNTERS.flows),
    hellosComplete: values.readU64(view, at + COUNTERS.hellosComplete),
    hellosIncomplete: values.readU64(view, at + COUNTERS.hellosIncomplete),
    snaplenCut: values.readU64(view, at + COUNTERS.snaplenCut),
    evictedFlows: values.readU64(view, at + COUNTERS.evictedFlows),
    kernelDrops: values.readU64(view, at + COUNTERS.kernelDrops),
    undecoded: values.readU64(view, at + COUNTERS.undecoded),
    fragments: values.readU64(view, at + COUNTERS.fragments),
    excluded: values.readU64(view, at + COUNTERS.excluded),
    unwatched: view.getUint32(at + COUNTERS.unwatched, true),
    filtered: values.readU64(view, at + COUNTERS.filtered),
    malformed,
  };
}
