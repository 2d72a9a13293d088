// Windows into rows of ClickHouse, and back.

import { createHash } from 'node:crypto';
import type { HostTotals, UsageWindow } from '../../model/usage.ts';
import { type DecodedWindows, decodeOnly, encodeWindow } from '../../window/codec.ts';
import { EMPTY_STATS } from '../../window/sums.ts';
import type { WantsHost } from '../../window/wire-read.ts';
import { exchangesOf, gapsText, hiddenBytes, malformedText, midFlowHosts } from '../columns/window-facts.ts';
import { holdsTooMuch, packWindow, TOO_MUCH, unpackWindow } from '../packed-window.ts';
import { bucketOf } from './buckets.ts';
import type { FactTable } from './tables.ts';

export type Row = Readonly<Record<string, string | number | null | readonly string[] | readonly number[]>>;

/** 64 bits, as the text of a whole number: JavaScript's numbers have fewer. */
export function hash64(text: string): string {
  return createHash('sha256').update(text).digest().readBigUInt64LE().toString();
}

const keyOf = ({ sensor, startSeconds, revision, lengthSeconds }: UsageWindow): Row => ({
  sensor,
  start_seconds: startSeconds,
  revision,
  length_seconds: lengthSeconds,
});

const windowId = ({ sensor, startSeconds, revision }: UsageWindow): string =>
  hash64(`${startSeconds} ${revision} ${sensor}`);

export function windowRow(window: UsageWindow): Row {
  const { stats } = window;
  return {
    ...keyOf(window),
    packets: stats.packets,
    bytes: stats.bytes,
    flows: stats.flows,
    kernel_drops: stats.kernelDrops,
    // As text: an insert in JSON takes no bytes.
    message: packWindow(window).toString('base64'),
    window: windowId(window),
    hellos_complete: stats.hellosComplete,
    hellos_incomplete: stats.hellosIncomplete,
    snaplen_cut: stats.snaplenCut,
    evicted_flows: stats.evictedFlows,
    undecoded: stats.undecoded ?? 0,
    malformed: malformedText(window),
    gaps: gapsText(window),
  };
}

export function factRows(window: UsageWindow): Record<FactTable, Row[]> {
  const key = keyOf(window);
  const id = windowId(window);
  return {
    host_totals: window.hosts.map((host, row) => ({
      ...key,
      row,
      window: id,
      host: host.host,
      mac: host.mac,
      flows: host.flows,
      packets: host.packets,
      bytes_up: host.bytesUp,
      bytes_down: host.bytesDown,
      hidden_bytes: hiddenBytes(host),
      ...identityOf(host),
    })),
    host_dark: window.hosts
      .flatMap(({ host, notVisible }) => notVisible.map((one) => ({ host, one })))
      .map(({ host, one: { kind, hint, flows, bytes, firstUs, lastUs } }, row) => ({
        ...key,
        row,
        window: id,
        host,
        kind,
        hint,
        flows,
        bytes,
        first_us: firstUs,
        last_us: lastUs,
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
      exchanges: exchangesOf(one),
      first_us: one.firstUs,
      last_us: one.lastUs,
    })),
    names_asked: window.asked.map(({ host, name, count }, row) => ({ ...key, row, host, name, count })),
    window_usage: usageByBucket(window).map(([bucket, usage]) => ({
      ...key,
      window: id,
      bucket,
      usage_text: Buffer.from(encodeWindow(usage)).toString('base64'),
    })),
  };
}

/** Cache size of host identities and their numbers. */
const MAX_IDENTITIES = 100_000;
const identities = new Map<string, string>();

function identityOf({ host, mac, macFrom, names, addresses }: HostTotals): Row {
  const columns = {
    mac_from: macFrom,
    names: JSON.stringify(names),
    addresses: addresses === undefined ? null : JSON.stringify(addresses),
  };
  const text = JSON.stringify([host, mac, columns.mac_from, columns.names, columns.addresses]);
  let identity = identities.get(text);
  if (identity === undefined) {
    if (identities.size >= MAX_IDENTITIES) identities.clear();
    identity = hash64(text);
    identities.set(text, identity);
  }
  return { ...columns, identity };
}

/** Facts for attribution, and flows that may continue those of another capture. */
function usageByBucket(window: UsageWindow): [bucket: number, usage: UsageWindow][] {
  const { sensor, startSeconds, revision, lengthSeconds } = window;
  const parts = new Map<number, Mutable>();
  const partOf = (host: string): Mutable => {
    const bucket = bucketOf(host);
    const known = parts.get(bucket) ?? { hosts: [], rows: [], asked: [] };
    parts.set(bucket, known);
    return known;
  };
  for (const row of window.rows) partOf(row.host).rows.push(row);
  for (const one of window.asked) partOf(one.host).asked.push(one);
  for (const host of midFlowHosts(window)) partOf(host.host).hosts.push(host);
  const key = { sensor, startSeconds, revision, lengthSeconds, stats: EMPTY_STATS };
  return [...parts].map(([bucket, part]) => [bucket, { ...key, ...part }]);
}

interface Mutable {
  readonly hosts: HostTotals[];
  readonly rows: UsageWindow['rows'][number][];
  readonly asked: UsageWindow['asked'][number][];
}

/** Damage as decodeWindows names it. */
export const windowIn = (message: string): DecodedWindows =>
  decoded(message, (packed) => unpackWindow(packed));

export const usageIn = (text: string, wants: WantsHost | null): DecodedWindows =>
  decoded(text, (bytes) => decodeOnly(bytes, wants));

function decoded(text: string, decode: (bytes: Buffer) => DecodedWindows): DecodedWindows {
  const bytes = Buffer.from(text, 'base64');
  try {
    return decode(bytes);
  } catch (error) {
    const reason = holdsTooMuch(error) ? TOO_MUCH : error instanceof Error ? error.message : String(error);
    return { windows: [], damage: [{ offset: 0, length: bytes.length, windowsBefore: 0, reason }] };
  }
}
