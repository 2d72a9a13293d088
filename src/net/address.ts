// IP addresses and networks as text and as bytes: parsing, writing (RFC 5952), order, membership.

const DOT = 0x2e;
const ZERO = 0x30;

/** 4 or 16 bytes; null when the text is no address. Accepts RFC 4291 §2.2 forms, no zone, no brackets. */
export function parseAddress(text: string): Uint8Array | null {
  return text.includes(':') ? parseIp6(text) : parseIp4(text);
}

/** Reads character by character, because this runs for every flow and every displayed row. */
function parseIp4(text: string): Uint8Array | null {
  const bytes = new Uint8Array(4);
  let at = 0;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text.charCodeAt(at++) !== DOT) return null;
    const start = at;
    let value = 0;
    for (
      let digit = text.charCodeAt(at) - ZERO;
      digit >= 0 && digit <= 9;
      digit = text.charCodeAt(at) - ZERO
    ) {
      value = value * 10 + digit;
      at++;
    }
    const digits = at - start;
    if (digits === 0 || digits > 3 || value > 255) return null;
    if (digits > 1 && text.charCodeAt(start) === ZERO) return null;
    bytes[part] = value;
  }
  return at === text.length ? bytes : null;
}

function parseIp6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '');
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...new Array<number>(Math.max(0, missing)).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  groups.forEach((group, i) => {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 255;
  });
  return bytes;
}

function parseGroups(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.') && i === parts.length - 1) {
      const v4 = parseIp4(part);
      if (v4 === null) return null;
      groups.push(((v4[0] ?? 0) << 8) | (v4[1] ?? 0), ((v4[2] ?? 0) << 8) | (v4[3] ?? 0));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups.length <= 8 ? groups : null;
}

/** A network: the address bytes and the prefix length. */
export interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** True for the source of a machine that has no address yet (RFC 1122 §3.2.1.3, RFC 4291 §2.5.2). */
export const isUnspecified = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Parses "10.0.0.0/8", "fd00::/8" or a single address; null for other texts and for bits beyond the prefix. */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf('/');
  const bytes = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (bytes === null) return null;
  const full = bytes.length * 8;
  if (slash < 0) return { bytes, bits: full };
  const tail = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(tail) || Number(tail) > full) return null;
  const bits = Number(tail);
  for (let bit = bits; bit < full; bit++) {
    if (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) return null;
  }
  return { bytes, bits };
}

/** Returns the address of "198.51.100.5:443" or "[2001:db8::5]:443". */
export const endpointAddress = (endpoint: string): string =>
  endpoint.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
export const endpointPort = (endpoint: string): string => endpoint.slice(endpoint.lastIndexOf(':') + 1);
/** True for an endpoint on the DNS port. */
export const isResolver = (endpoint: string): boolean => endpointPort(endpoint) === '53';

/** Formats "10.0.0.7:443", "[fd00::7]:443". */
export const formatEndpoint = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Formats "10.20.0.0/16", "fd00:20::/32". */
export function formatNetwork(network: Network): string {
  const { bytes, bits } = network;
  return `${bytes.length === 4 ? ip4Text(bytes, 0) : ip6Text(bytes, 0)}/${bits}`;
}

/** Canonical form of an address: "FD00:0::1" becomes "fd00::1". Other text (a pseudonym) is returned unchanged. */
export function canonicalAddress(text: string): string {
  const bytes = parseAddress(text);
  if (bytes === null) return text;
  return bytes.length === 4 ? ip4Text(bytes, 0) : ip6Text(bytes, 0);
}

/** Joins the parts, because a concatenated string retains its parts and a large report has many addresses. */
export function ip4Text(bytes: Uint8Array, start: number): string {
  return [bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3]].join('.');
}

export function ip6Text(bytes: Uint8Array, start: number): string {
  if (isMapped(bytes, start)) return `::ffff:${ip4Text(bytes, start + 12)}`;
  const run = findZeroRun(bytes, start);
  let text = '';
  for (let group = 0; group < 8; group++) {
    if (run.length > 1 && group === run.start) {
      text += '::';
      group += run.length - 1;
      continue;
    }
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += groupAt(bytes, start, group).toString(16);
  }
  return text;
}

function groupAt(bytes: Uint8Array, start: number, group: number): number {
  return ((bytes[start + 2 * group] ?? 0) << 8) | (bytes[start + 2 * group + 1] ?? 0);
}

/** True for an IPv4-mapped address, which keeps its dotted form (RFC 5952 §5). */
function isMapped(bytes: Uint8Array, start: number): boolean {
  for (let group = 0; group < 5; group++) if (groupAt(bytes, start, group) !== 0) return false;
  return groupAt(bytes, start, 5) === 0xffff;
}

/** Finds the run of zero groups that "::" replaces: the longest, the first of equals, never a single one (RFC 5952 §4.2). */
function findZeroRun(bytes: Uint8Array, start: number): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  for (let group = 0; group < 8; group++) {
    let end = group;
    while (end < 8 && groupAt(bytes, start, end) === 0) end++;
    if (end - group > best.length) best = { start: group, length: end - group };
    group = Math.max(group, end);
  }
  return best;
}

/** True when the network contains the address; false for the other address family. */
export function networkContains(network: Network, address: Uint8Array): boolean {
  if (address.length !== network.bytes.length) return false;
  const whole = network.bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== network.bytes[i]) return false;
  const rest = network.bits & 7;
  if (rest === 0) return true;
  const mask = (0xff << (8 - rest)) & 0xff;
  return ((address[whole] ?? 0) & mask) === ((network.bytes[whole] ?? 0) & mask);
}

/** True when every address of the inner network is in the outer one. */
export const includesNetwork = (outer: Network, inner: Network): boolean =>
  outer.bits <= inner.bits && networkContains(outer, inner.bytes);

/** Orders IPv4 before IPv6, each by number; other texts (pseudonyms) come last, by code unit. */
export function compareHosts(a: string, b: string): number {
  const x = parseAddress(a);
  const y = parseAddress(b);
  if (x === null || y === null) return x === y ? compareText(a, b) : x === null ? 1 : -1;
  if (x.length !== y.length) return x.length - y.length;
  for (let i = 0; i < x.length; i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Returns a new list in the order of compareHosts. Parses each address once, which matters for hundreds of thousands. */
export function sortHosts(hosts: readonly string[]): string[] {
  return hosts
    .map((host) => ({ host, key: orderKey(host) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ host }) => host);
}

function orderKey(host: string): string {
  const bytes = parseAddress(host);
  return bytes === null ? `x${host}` : (bytes.length === 4 ? '4' : '6') + String.fromCharCode(...bytes);
}

/** Orders by UTF-16 code unit, independent of machine and locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const NETWORK_BYTES_4 = 3;
const NETWORK_BYTES_6 = 8;

/** True if two addresses are in one network of usual size: /24, or /64 of IPv6. Also true if one is not an address. */
export function isSameNetwork(a: string, b: string): boolean {
  const [x, y] = [parseAddress(a), parseAddress(b)];
  if (x === null || y === null) return true;
  const most = x.length === 4 ? NETWORK_BYTES_4 : NETWORK_BYTES_6;
  return x.length === y.length && x.subarray(0, most).every((byte, i) => byte === y[i]);
}
