// Bytes of records as text: names, hex, MACs, and addresses as RFC 5952 writes them.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** One character per byte: names on the wire are bytes, whatever they are meant to be. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

export function hexText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += HEX[bytes[i] ?? 0];
  return text;
}

/** Colon-separated lower-case hex; null for zeros. */
export function macText(bytes: Uint8Array, start: number): string | null {
  let isKnown = false;
  let text = '';
  for (let i = start; i < start + 6; i++) {
    isKnown ||= bytes[i] !== 0;
    text += i === start ? HEX[bytes[i] ?? 0] : `:${HEX[bytes[i] ?? 0]}`;
  }
  return isKnown ? text : null;
}

export function ip4Text(bytes: Uint8Array, start: number): string {
  return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}`;
}

export function ip6Text(bytes: Uint8Array, start: number): string {
  if (isMapped(bytes, start)) return `::ffff:${ip4Text(bytes, start + 12)}`;
  const run = longestZeroRun(bytes, start);
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

/** IPv4-mapped addresses keep their dotted form, RFC 5952 §5. */
function isMapped(bytes: Uint8Array, start: number): boolean {
  for (let group = 0; group < 5; group++) if (groupAt(bytes, start, group) !== 0) return false;
  return groupAt(bytes, start, 5) === 0xffff;
}

/** The run of zero groups that "::" stands for: the longest, of equals the first, never a single one (§4.2). */
function longestZeroRun(bytes: Uint8Array, start: number): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  for (let group = 0; group < 8; group++) {
    let end = group;
    while (end < 8 && groupAt(bytes, start, end) === 0) end++;
    if (end - group > best.length) best = { start: group, length: end - group };
    group = Math.max(group, end);
  }
  return best;
}
