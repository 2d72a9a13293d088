// Converts small values of records: numbers of event.h to words of the model, 64-bit fields to numbers, tails to lists.

import type { FlowRecord, HostObservationRecord } from '../model/flow.ts';
import { PROXY_KINDS, type ProxyKind, TRANSPORTS, type Transport } from '../model/window-words.ts';
import { splitWords } from '../text/word-lists.ts';
import { readableText } from './byte-text.ts';

export const CLIENT_KNOWN_BY: readonly FlowRecord['clientKnownBy'][] = [
  'firstPacket',
  'hello',
  'syn',
  'port',
];
/** Proxies by number; 0 is none. */
export const PROXY_BY_NUMBER: readonly (ProxyKind | undefined)[] = [undefined, ...PROXY_KINDS];
/** Transports by number, from 1 on. */
export const TRANSPORT_BY_NUMBER: readonly Transport[] = ['tcp', ...TRANSPORTS];
/** Sources by number, from 1 on. */
export const OBSERVATION_SOURCES: readonly HostObservationRecord['source'][] = splitWords(
  'arp dhcp dhcp6 arp ndp mdns nbns',
);

/** Reads a u64, exact up to 2^53. */
export function readU64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 4294967296 + view.getUint32(at, true);
}

/** Converts nanoseconds to whole microseconds, exactly: 2^32 ns are 4294967 µs and 296 ns. */
export function readUs(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true);
  return high * 4294967 + Math.floor((high * 296 + view.getUint32(at, true)) / 1000);
}

/** Reads a u64 as 16 hex digits. */
export function readHex64(view: DataView, at: number): string {
  const high = view
    .getUint32(at + 4, true)
    .toString(16)
    .padStart(8, '0');
  return high + view.getUint32(at, true).toString(16).padStart(8, '0');
}

/** Reads a list of u16. */
export function readU16s(view: DataView, at: number, length: number): number[] {
  const list: number[] = [];
  for (let i = 0; i + 2 <= length; i += 2) list.push(view.getUint16(at + i, true));
  return list;
}

/** Reads a list of big-endian u16 copied from the wire. */
export function readWireU16s(view: DataView, at: number, length: number): number[] {
  const list: number[] = [];
  for (let i = 0; i + 2 <= length; i += 2) list.push(view.getUint16(at + i));
  return list;
}

/** Reads names with a length byte before each, as in the ALPN extension. A truncated last name is dropped. */
export function alpnList(bytes: Uint8Array, start: number, end: number): readonly string[] {
  const list: string[] = [];
  for (let at = start; at < end; ) {
    const next = at + 1 + (bytes[at] ?? 0);
    if (next > end) break;
    list.push(readableText(bytes, at + 1, next));
    at = next;
  }
  return list;
}

export function splitList(text: string, separator: string): readonly string[] {
  return text === '' ? [] : text.split(separator);
}
