// Finds the host in the target of a request: "host:port" of CONNECT, or a whole URL. The path is not read.

const [COLON, SLASH, QUESTION, HASH, AT, OPEN, CLOSE] = [0x3a, 0x2f, 0x3f, 0x23, 0x40, 0x5b, 0x5d];
const [DOT, ZERO, NINE, STAR] = [0x2e, 0x30, 0x39, 0x2a];
const MAX_PORT = 65_535;
/** Maximum length: a scheme, a name of 255 characters and a port are shorter. */
const MAX_TARGET = 512;

export class HostIn {
  start = 0;
  end = 0;
  /** 0: absent. */
  port = 0;
  /** The host is an address, which may stand for any name. */
  isAddress = false;
  /** The host is the pattern of a certificate, for example "*.example.com". */
  isPattern = false;

  /** Reads bytes[start, end), after a scheme and a user, without brackets. */
  find(bytes: Buffer, start: number, end: number): void {
    let from = start;
    let to = start;
    for (; to < end; to++) {
      const byte = bytes[to];
      const isScheme = byte === COLON && bytes[to + 1] === SLASH && bytes[to + 2] === SLASH;
      if (isScheme && from === start && to + 2 < end) {
        to += 2;
        from = to + 1;
      } else if (byte === AT) from = to + 1;
      else if (byte === SLASH || byte === QUESTION || byte === HASH) break;
    }
    const isBracketed = bytes[from] === OPEN && from < to;
    if (isBracketed) from++;
    let behind = from;
    while (behind < to && bytes[behind] !== (isBracketed ? CLOSE : COLON)) behind++;
    this.start = from;
    this.end = behind;
    this.isAddress = isBracketed || isAddress(bytes, from, behind) || hasColon(bytes, behind + 1, to);
    this.isPattern = bytes[from] === STAR && from < behind;
    this.port = parsePort(bytes, isBracketed ? behind + 1 : behind, to);
  }
}

/** True for digits and dots, because no name ends in a number, RFC 3696 §2. */
export function isAddress(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte !== DOT && (byte < ZERO || byte > NINE)) return false;
  }
  return end > start;
}

/** It is called for every row, and a view of the bytes would take longer than the rest of a host. */
export function hasColon(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === COLON) return true;
  return false;
}

const ABSOLUTE = /^https?:\/\//i;
/** True for the target of a request that a proxy received: a whole URL, RFC 9112 §3.2.2. */
export const isAbsolute = (target: string): boolean => ABSOLUTE.test(target);

const [HTTP_PORT, HTTPS_PORT] = [80, 443];

/** Returns the target to which a proxy connects for a whole URL, in the form of CONNECT. */
export function findTarget(url: string, name: string): string {
  const bytes = Buffer.from(url.slice(0, MAX_TARGET));
  const host = new HostIn();
  host.find(bytes, 0, bytes.length);
  return `${name}:${host.port || (/^https:/i.test(url) ? HTTPS_PORT : HTTP_PORT)}`;
}

/** Returns the host of "host:port" or of a whole URL. */
export function findHostText(target: string): string {
  const bytes = Buffer.from(target.slice(0, MAX_TARGET));
  const host = new HostIn();
  host.find(bytes, 0, bytes.length);
  return bytes.toString('utf8', host.start, host.end);
}

/** Reads ":443"; 0 for other text. */
function parsePort(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== COLON || start >= end) return 0;
  let port = 0;
  for (let at = start + 1; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9 || port > MAX_PORT) return 0;
    port = port * 10 + digit;
  }
  return port > MAX_PORT ? 0 : port;
}
