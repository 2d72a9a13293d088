// The oracle: every ClientHello of a classic capture, implemented from the specifications without code of the
// native core.

import { attempt } from './byte-reader.ts';
import {
  alpnProtocols,
  type HelloTransport,
  hasExtension,
  readClientHello,
  serverName,
  supportedVersions,
} from './client-hello.ts';
import { dtlsHellos, quicHellos } from './datagram-hellos.ts';
import { family, ja3Text, ja4, md5 } from './fingerprint.ts';
import { type OraclePacket, readPackets } from './packets.ts';
import { tcpHellos } from './tcp-hellos.ts';

/** The fields of a line of `wiretally dump hellos` that do not depend on tunnels. */
export interface OracleHello {
  readonly tsUs: number;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  readonly transport: HelloTransport;
  readonly sni: string | null;
  readonly alpn: readonly string[];
  readonly legacyVersion: number;
  readonly supportedVersions: readonly number[];
  readonly ja3: string;
  readonly ja3Hash: string;
  readonly ja4: string;
  readonly family: string;
  readonly ech: 'none' | 'present';
  readonly helloBytes: number;
  readonly segments: number;
  readonly isRetry: boolean;
}

interface Found {
  readonly message: Uint8Array;
  readonly tsUs: number;
  readonly segments: number;
  readonly isRetry: boolean;
  readonly packet: OraclePacket;
}

/** All ClientHellos of a capture, by time. Rejects captures that pcap-parser cannot read. */
export async function readHellos(file: string): Promise<OracleHello[]> {
  const packets = await readPackets(file);
  const tcp = [
    ...groupBy(
      packets.filter((p) => p.protocol === 'tcp'),
      directionOf,
    ).values(),
  ];
  const udp = packets.filter((p) => p.protocol === 'udp');
  const found = [
    ...tcp.flatMap(splitAtSyn).flatMap((side) => describe('tcp', foundOverTcp(side))),
    ...[...groupBy(udp, tupleOf).values()].flatMap((flow) => describe('quic', placed(quicHellos(flow)))),
    ...[...groupBy(udp, directionOf).values()].flatMap((side) => describe('dtls', placed(dtlsHellos(side)))),
  ];
  return found.sort((a, b) => a.tsUs - b.tsUs);
}

function directionOf(packet: OraclePacket): string {
  return `${packet.source} ${packet.sourcePort} ${packet.destination} ${packet.destinationPort}`;
}

function tupleOf(packet: OraclePacket): string {
  const back = `${packet.destination} ${packet.destinationPort} ${packet.source} ${packet.sourcePort}`;
  return [directionOf(packet), back].sort().join(' ');
}

function groupBy(
  packets: readonly OraclePacket[],
  key: (packet: OraclePacket) => string,
): Map<string, OraclePacket[]> {
  const groups = new Map<string, OraclePacket[]>();
  for (const packet of packets) {
    const group = groups.get(key(packet)) ?? [];
    groups.set(key(packet), group);
    group.push(packet);
  }
  return groups;
}

/** A SYN with another number begins another connection on the same ports. */
function splitAtSyn(packets: readonly OraclePacket[]): OraclePacket[][] {
  const connections: OraclePacket[][] = [[]];
  let synSequence: number | null = null;
  for (const packet of packets) {
    if (packet.isSyn && packet.sequence !== synSequence) {
      synSequence = packet.sequence;
      connections.push([]);
    }
    connections.at(-1)?.push(packet);
  }
  return connections.filter((connection) => connection.length > 0);
}

function foundOverTcp(side: readonly OraclePacket[]): Found[] {
  const packet = side[0];
  if (packet === undefined) return [];
  // RFC 8446 §4.1.2: the second hello of a connection answers a HelloRetryRequest and keeps the random.
  const randoms = new Set<string>();
  return tcpHellos(side).map(({ message, tsUs, segments }) => {
    const random = Buffer.from(message.subarray(6, 38)).toString('hex');
    const isRetry = randoms.has(random);
    randoms.add(random);
    return { message, tsUs, segments, isRetry, packet };
  });
}

function placed(hellos: ReturnType<typeof quicHellos>): Found[] {
  return hellos.map(({ message, completedBy, segments, isRetry }) => {
    return { message, tsUs: completedBy.tsUs, segments, isRetry, packet: completedBy };
  });
}

function describe(transport: HelloTransport, hellos: readonly Found[]): OracleHello[] {
  return hellos.flatMap(({ message, tsUs, segments, isRetry, packet }) => {
    const hello = attempt(() => readClientHello(message, transport));
    if (hello === null) return [];
    const ja3 = ja3Text(hello);
    return {
      tsUs,
      source: packet.source,
      sourcePort: packet.sourcePort,
      destination: packet.destination,
      destinationPort: packet.destinationPort,
      transport,
      sni: serverName(hello),
      alpn: alpnProtocols(hello),
      legacyVersion: hello.legacyVersion,
      supportedVersions: supportedVersions(hello),
      ja3,
      ja3Hash: md5(ja3),
      ja4: ja4(hello, transport),
      family: family(hello, transport),
      ech: hasExtension(hello, 0xfe0d) || hasExtension(hello, 0xffce) ? 'present' : 'none',
      helloBytes: hello.bytes,
      segments,
      isRetry,
    };
  });
}
