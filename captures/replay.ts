// Plays a recording again as another client at another time: new addresses, MACs, ports and times, the addresses in
// DNS answers with them, randoms of hellos, recomputed checksums. TCP sequence numbers, sizes and time intervals are unchanged.

import type { Directory } from './directory.ts';
import { rewriteDnsAddresses } from './dns-answer.ts';
import { addresses, type IpFrame, internetChecksum, repairChecksums, viewIpFrame } from './ip-frame.ts';
import type { Frame } from './pcap.ts';
import { renewHellos } from './renew-hellos.ts';

export interface ReplayClient {
  readonly mac: Buffer;
  readonly gatewayMac: Buffer;
  readonly gateway: Buffer;
  readonly address: Buffer;
  readonly address6: Buffer;
  /** Gives a client port that this host has not used before. */
  readonly nextPort: () => number;
}

/** The client of every recording. */
const LAB_CLIENT = Buffer.from([10, 77, 0, 2]);
const LAB_CLIENT6 = Buffer.from('fd770000000000000000000000000002', 'hex');
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;
/** IPv4 without options. */
const IP_AT = 14;
const ICMP_AT = IP_AT + 20;
const PROTOCOL_ICMP = 1;
const PROTOCOL_TCP = 6;
const UNREACHABLE = 3;
const ARP_REQUEST = 1;
const PORT_DNS = 53;

/** Frames other than ARP, TCP, UDP and ICMP errors of routers are dropped. `mask` replaces the randoms of hellos. */
export function replay(
  recording: readonly Frame[],
  startUs: number,
  client: ReplayClient,
  directory: Directory,
  mask: Buffer,
): Frame[] {
  const first = recording[0];
  if (first === undefined) return [];
  const copies = recording.map((frame) => ({
    timeUs: startUs + frame.timeUs - first.timeUs,
    wireLength: frame.wireLength,
    bytes: Buffer.from(frame.bytes),
  }));
  renewHellos(copies, mask);
  const ports = new Map<string, number>();
  return copies.filter(
    ({ bytes }) =>
      rewriteArp(bytes, client) ||
      rewriteIp(bytes, client, directory, ports) ||
      rewriteIcmpError(bytes, client, directory, ports),
  );
}

function rewriteIp(
  bytes: Buffer,
  client: ReplayClient,
  directory: Directory,
  ports: Map<string, number>,
): boolean {
  const frame = viewIpFrame(bytes);
  if (frame === null) return false;
  const { source, destination } = addresses(frame);
  const isUp = source.equals(frame.version === 4 ? LAB_CLIENT : LAB_CLIENT6);
  const serverPort = bytes.readUInt16BE(frame.transportAt + (isUp ? 2 : 0));
  if (serverPort === PORT_DNS && frame.protocol === 'udp' && !isUp) {
    rewriteDnsAddresses(bytes.subarray(frame.payloadAt, frame.endAt), directory);
  }
  const server = isUp ? destination : source;
  directory.serverFor(server, serverPort).copy(server);
  (frame.version === 4 ? client.address : client.address6).copy(isUp ? source : destination);
  rewriteClientPort(frame, isUp, ports, client);
  writeMacs(bytes, client, isUp);
  repairChecksums(frame);
  return true;
}

/** A router says that a packet of the client cannot be delivered, and quotes its begin (RFC 792). */
function rewriteIcmpError(
  bytes: Buffer,
  client: ReplayClient,
  directory: Directory,
  ports: ReadonlyMap<string, number>,
): boolean {
  const quotedAt = ICMP_AT + 8;
  const portsAt = quotedAt + 20;
  if (bytes.length < portsAt + 4 || bytes.readUInt16BE(12) !== ETHERTYPE_IPV4) return false;
  const isError = bytes.readUInt8(IP_AT + 9) === PROTOCOL_ICMP && bytes.readUInt8(ICMP_AT) === UNREACHABLE;
  const protocol = bytes.readUInt8(quotedAt + 9) === PROTOCOL_TCP ? 'tcp' : 'udp';
  const port = ports.get(`${protocol} ${bytes.readUInt16BE(portsAt)}`);
  if (!isError || port === undefined || !bytes.subarray(quotedAt + 12, quotedAt + 16).equals(LAB_CLIENT))
    return false;
  const server = bytes.subarray(quotedAt + 16, quotedAt + 20);
  directory.serverFor(server, bytes.readUInt16BE(portsAt + 2)).copy(server);
  client.address.copy(bytes, quotedAt + 12);
  bytes.writeUInt16BE(port, portsAt);
  client.gateway.copy(bytes, IP_AT + 12);
  client.address.copy(bytes, IP_AT + 16);
  writeMacs(bytes, client, false);
  const end = IP_AT + bytes.readUInt16BE(IP_AT + 2);
  for (const [from, to, at] of [
    [quotedAt, portsAt, quotedAt + 10],
    [ICMP_AT, end, ICMP_AT + 2],
    [IP_AT, ICMP_AT, IP_AT + 10],
  ] as const) {
    bytes.writeUInt16BE(0, at);
    bytes.writeUInt16BE(internetChecksum(bytes.subarray(from, to)), at);
  }
  return true;
}

function rewriteClientPort(
  frame: IpFrame,
  isUp: boolean,
  ports: Map<string, number>,
  client: ReplayClient,
): void {
  const at = frame.transportAt + (isUp ? 0 : 2);
  const key = `${frame.protocol} ${frame.bytes.readUInt16BE(at)}`;
  const port = ports.get(key) ?? client.nextPort();
  ports.set(key, port);
  frame.bytes.writeUInt16BE(port, at);
}

function writeMacs(bytes: Buffer, client: ReplayClient, isUp: boolean): void {
  (isUp ? client.gatewayMac : client.mac).copy(bytes, 0);
  (isUp ? client.mac : client.gatewayMac).copy(bytes, 6);
}

/** The lab's single server is behind the gateway of the office (RFC 826). */
function rewriteArp(bytes: Buffer, client: ReplayClient): boolean {
  if (bytes.readUInt16BE(12) !== ETHERTYPE_ARP) return false;
  const isUp = bytes.subarray(28, 32).equals(LAB_CLIENT);
  const isRequest = bytes.readUInt16BE(20) === ARP_REQUEST;
  writeMacs(bytes, client, isUp);
  if (isRequest) bytes.fill(0xff, 0, 6);
  (isUp ? client.mac : client.gatewayMac).copy(bytes, 22);
  (isUp ? client.address : client.gateway).copy(bytes, 28);
  if (!isRequest) (isUp ? client.gatewayMac : client.mac).copy(bytes, 32);
  (isUp ? client.gateway : client.address).copy(bytes, 38);
  return true;
}
