// Recognizes captures by their first bytes. Only for damaged files, the name shows that it was a capture.

/** Magic numbers of pcap (microseconds, nanoseconds, each byte order) and pcapng. */
const CAPTURE_MAGIC: ReadonlySet<number> = new Set([
  0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0xa1b2cd34, 0x34cdb2a1, 0x0a0d0d0a,
]);

/** `head`: decompressed bytes. */
export function isCaptureHead(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  return CAPTURE_MAGIC.has(new DataView(head.buffer, head.byteOffset, 4).getUint32(0));
}

/** Magic bytes of unsupported capture formats: snoop (RFC 1761), Network Monitor, Sniffer, iptrace, K12. */
const FOREIGN_CAPTURES = ['snoop\0', 'GMBU', 'RTSS', 'TRSNIFF data', 'iptrace ', '\0\0\x02\0\x12\x05\0\x10'];

export function isForeignCapture(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.subarray(0, 12));
  return FOREIGN_CAPTURES.some((magic) => text.startsWith(magic));
}

/**
 * Capture programs name their files like this: office.pcap, ring.pcap03, span.pcapng.zst; etl (Windows) and erf (capture
 * cards) are not read, and have no magic number.
 */
const CAPTURE_NAME = /\.(?:pcap|pcapng|cap|etl|erf)\d*(?:\.(?:gz|zst))?$/i;

export const hasCaptureName = (name: string): boolean => CAPTURE_NAME.test(name);
