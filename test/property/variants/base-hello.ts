// The base hellos of all variants: real ones from recordings, with the fingerprints of the manifest.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { addresses, viewIpFrame } from '../../../captures/ip-frame.ts';
import { readPcap } from '../../../captures/pcap.ts';

export interface BaseHello {
  readonly name: string;
  /** The handshake message, without TLS records around it. */
  readonly message: Buffer;
  readonly sni: string;
  readonly ja3: string;
  readonly ja4: string;
}

interface Manifest {
  readonly captures: readonly {
    readonly file: string;
    readonly sni: Readonly<
      Record<string, { readonly ja3: readonly string[]; readonly ja4: readonly string[] }>
    >;
  }[];
}

const PORT_HTTPS = 443;
const TYPE_HANDSHAKE = 22;

/** The first hello of a recording of one name; the manifest has its fingerprints. */
function baseHello(name: string, recording: string): BaseHello {
  const manifest = JSON.parse(readFileSync('captures/manifest.json', 'utf8')) as Manifest;
  const entry = manifest.captures.find(({ file }) => file === `recordings/${recording}.pcap.gz`);
  const [named] = Object.entries(entry?.sni ?? {});
  const [ja3] = named?.[1].ja3 ?? [];
  const [ja4] = named?.[1].ja4 ?? [];
  if (named === undefined || ja3 === undefined || ja4 === undefined)
    throw new Error(`the manifest does not know ${recording}`);
  return { name, message: firstHello(recording), sni: named[0], ja3, ja4 };
}

function firstHello(recording: string): Buffer {
  const parts: Buffer[] = [];
  let flow = '';
  for (const { bytes } of readPcap(gunzipSync(readFileSync(`captures/recordings/${recording}.pcap.gz`)))) {
    const frame = viewIpFrame(bytes);
    if (frame?.protocol !== 'tcp' || bytes.readUInt16BE(frame.transportAt + 2) !== PORT_HTTPS) continue;
    const payload = bytes.subarray(frame.payloadAt, frame.endAt);
    const key = `${addresses(frame).source.toString('hex')} ${bytes.readUInt16BE(frame.transportAt)}`;
    if (flow === '' && payload[0] === TYPE_HANDSHAKE) flow = key;
    if (key === flow) parts.push(payload);
  }
  const stream = Buffer.concat(parts);
  return stream.subarray(5, 9 + stream.readUIntBE(6, 3));
}

/** Of 251, 512 and about 1500 bytes: small, padded to a round size, post-quantum. */
export const BASE_HELLOS: readonly BaseHello[] = [
  baseHello('small', 'base-apt-https'),
  baseHello('padded', 'base-curl-http1.1'),
  baseHello('post-quantum', 'claude-code-2.1.328-vertex'),
];

/** The message in one TLS record or, cut at the given offsets, in several (RFC 8446 §5.1). */
export function inRecords(message: Buffer, cuts: readonly number[] = []): Buffer {
  const borders = [0, ...cuts, message.length];
  const records = borders.slice(0, -1).map((from, index) => {
    const part = message.subarray(from, borders[index + 1]);
    return Buffer.concat([Buffer.from([TYPE_HANDSHAKE, 3, 1, part.length >> 8, part.length & 255]), part]);
  });
  return Buffer.concat(records);
}
