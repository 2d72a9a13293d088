// Walks the TLS records of one direction of a connection (RFC 8446 §5.1), behind the header of a CONNECT proxy too.

export interface TlsRecord {
  readonly type: number;
  /** Of the body, from the first byte of the stream; `bodyBytes` may exceed the available bytes. */
  readonly bodyAt: number;
  readonly bodyBytes: number;
}

export const TYPE_HANDSHAKE = 22;
export const TYPE_APPLICATION_DATA = 23;
const RECORD_HEADER_BYTES = 5;

export function tlsRecords(stream: Buffer): TlsRecord[] {
  const records: TlsRecord[] = [];
  let at = endOfProxyHeader(stream);
  while (at + RECORD_HEADER_BYTES <= stream.length) {
    const type = stream.readUInt8(at);
    if (type < 20 || type > 24 || stream.readUInt8(at + 1) !== 3) break;
    const bodyBytes = stream.readUInt16BE(at + 3);
    records.push({ type, bodyAt: at + RECORD_HEADER_BYTES, bodyBytes });
    at += RECORD_HEADER_BYTES + bodyBytes;
  }
  return records;
}

/** TLS behind a proxy starts after the header of CONNECT or of its answer (RFC 9110 §9.3.6). */
function endOfProxyHeader(stream: Buffer): number {
  const start = stream.toString('latin1', 0, 8);
  if (!start.startsWith('CONNECT ') && !start.startsWith('HTTP/1.')) return 0;
  const end = stream.indexOf('\r\n\r\n');
  return end < 0 ? 0 : end + 4;
}
