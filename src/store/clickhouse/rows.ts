// Windows into rows of ClickHouse, and back.

import type { UsageWindow } from '../../model/usage.ts';
import type { DecodedWindows } from '../../window/codec.ts';
import { packWindow, unpackWindow } from '../packed-window.ts';
import type { FactTable } from './tables.ts';

type Row = Readonly<Record<string, string | number | null>>;

const keyOf = ({ sensor, startSeconds, revision, lengthSeconds }: UsageWindow): Row => ({
  sensor,
  start_seconds: startSeconds,
  revision,
  length_seconds: lengthSeconds,
});

export function windowRow(window: UsageWindow): Row {
  const { packets, bytes, flows, kernelDrops } = window.stats;
  // As text: an insert in JSON takes no bytes.
  const message = packWindow(window).toString('base64');
  return { ...keyOf(window), packets, bytes, flows, kernel_drops: kernelDrops, message };
}

export function factRows(window: UsageWindow): Record<FactTable, Row[]> {
  const key = keyOf(window);
  return {
    host_totals: window.hosts.map((host, row) => ({
      ...key,
      row,
      host: host.host,
      mac: host.mac,
      flows: host.flows,
      packets: host.packets,
      bytes_up: host.bytesUp,
      bytes_down: host.bytesDown,
    })),
    usage_rows: window.rows.map((one, row) => ({
      ...key,
      row,
      host: one.host,
      name: one.name,
      name_from: one.nameFrom,
      ja4: one.fingerprint?.ja4 ?? null,
      ja3: one.fingerprint?.ja3 ?? null,
      proxy: one.proxy,
      flows: one.flows,
      established_flows: one.establishedFlows,
      packets_up: one.packetsUp,
      packets_down: one.packetsDown,
      bytes_up: one.bytesUp,
      bytes_down: one.bytesDown,
      payload_up: one.payloadUp,
      payload_down: one.payloadDown,
      exchanges: one.exchanges.length + one.cells.reduce((sum, { count }) => sum + count, 0),
      first_us: one.firstUs,
      last_us: one.lastUs,
    })),
    names_asked: window.asked.map(({ host, name, count }, row) => ({ ...key, row, host, name, count })),
  };
}

/** Damage as decodeWindows names it. */
export function windowIn(message: string): DecodedWindows {
  const packed = Buffer.from(message, 'base64');
  try {
    return unpackWindow(packed);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { windows: [], damage: [{ offset: 0, length: packed.length, reason }] };
  }
}
