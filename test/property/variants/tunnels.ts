// Tunnels of IP packets: a table of them. Each wrap returns a whole outer IP packet.
import { type Address, address4, address6, ipPacket, PROTOCOL_UDP, udpDatagram } from './ip.ts';
import { ethernetOf, etherType, versionOf } from './links.ts';

export interface Tunnel {
  readonly name: string;
  /** Supported inner packets, if not both. */
  readonly carries?: 4 | 6;
  readonly wrap: (inner: Buffer) => Buffer;
}

const LEFT4 = address4('192.0.2.1');
const RIGHT4 = address4('192.0.2.2');
const LEFT6 = address6('2001:db8', 1);
const RIGHT6 = address6('2001:db8', 2);
const PROTOCOL_IPIP = 4;
const PROTOCOL_IPV6 = 41;
const PROTOCOL_GRE = 47;

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

function inIp(left: Address, right: Address, inner: Buffer): Buffer {
  return ipPacket(left, right, versionOf(inner) === 4 ? PROTOCOL_IPIP : PROTOCOL_IPV6, inner);
}

/** RFC 2784; `rest` is between GRE and the inner packet. */
function gre(header: string, rest: (inner: Buffer) => Buffer, inner: Buffer): Buffer {
  return ipPacket(LEFT4, RIGHT4, PROTOCOL_GRE, Buffer.concat([hex(header), rest(inner)]));
}

function overUdp(port: number, payload: Buffer): Buffer {
  return ipPacket(LEFT4, RIGHT4, PROTOCOL_UDP, udpDatagram(49_152, port, payload));
}

function withType(flags: string, inner: Buffer, rest: string): Buffer {
  return Buffer.concat([hex(flags), etherType(inner), hex(rest), inner]);
}

/** 3GPP TS 29.281 §5.1: length counts what follows the first eight bytes. */
function gtp(flags: string, extra: string, inner: Buffer): Buffer {
  const header = Buffer.concat([hex(`${flags} ff 0000 00001234`), hex(extra)]);
  header.writeUInt16BE(header.length - 8 + inner.length, 2);
  return overUdp(2152, Buffer.concat([header, inner]));
}

function ppp(inner: Buffer): Buffer {
  return Buffer.concat([hex('ff03'), hex(versionOf(inner) === 4 ? '0021' : '0057'), inner]);
}

/** RFC 2637 §4.1: the key holds the payload's length and the call. */
function pptp(inner: Buffer): Buffer {
  const payload = ppp(inner).subarray(3); // neither address nor control, and one byte of protocol
  const header = hex('3081 880b 0000 0001 00000001 00000002');
  header.writeUInt16BE(payload.length, 4);
  return ipPacket(LEFT4, RIGHT4, PROTOCOL_GRE, Buffer.concat([header, payload]));
}

/** An 802.11 data frame to the distribution system, and LLC with SNAP except for its type. */
const ARUBA_FRAME = '0801 0000 020000000001 020000000002 020000000003 1000 aaaa03 000000';
/** draft-massar-v6ops-ayiya-02 §3: an identity of 16 bytes and a signature of 20. */
const AYIYA_IP4 = '41 52 11 04';
const AYIYA_IP6 = '41 52 11 29';
const AYIYA_REST = `65000000 ${'00'.repeat(36)}`;

export const TUNNELS: readonly Tunnel[] = [
  { name: 'IP in IPv4 (IPIP, 6in4)', wrap: (inner) => inIp(LEFT4, RIGHT4, inner) },
  { name: 'IP in IPv6', wrap: (inner) => inIp(LEFT6, RIGHT6, inner) },
  { name: 'GRE with IP', wrap: (inner) => gre('0000', (ip) => Buffer.concat([etherType(ip), ip]), inner) },
  {
    name: 'GRE with checksum, key and sequence',
    wrap: (inner) => gre('b000', (ip) => withType('', ip, '00000000 00000007 00000001'), inner),
  },
  { name: 'GRE with Ethernet', wrap: (inner) => gre('0000 6558', ethernetOf, inner) },
  { name: 'ERSPAN I', wrap: (inner) => gre('0000 88be', ethernetOf, inner) },
  {
    name: 'ERSPAN II',
    wrap: (inner) =>
      gre('1000 88be 00000001', (ip) => Buffer.concat([hex('1078 0001 00000002'), ethernetOf(ip)]), inner),
  },
  {
    name: 'ERSPAN III',
    wrap: (inner) =>
      gre(
        '1000 22eb 00000001',
        (ip) => Buffer.concat([hex('2078 0001 00000002 0000 0000'), ethernetOf(ip)]),
        inner,
      ),
  },
  {
    name: 'ERSPAN III with its optional header',
    wrap: (inner) =>
      gre(
        '1000 22eb 00000001',
        (ip) => Buffer.concat([hex('2078 0001 00000002 0000 0001 0400000000000001'), ethernetOf(ip)]),
        inner,
      ),
  },
  {
    name: 'VXLAN',
    wrap: (inner) => overUdp(4789, Buffer.concat([hex('08000000 00002a00'), ethernetOf(inner)])),
  },
  {
    name: 'VXLAN-GPE with Ethernet',
    wrap: (inner) => overUdp(4790, Buffer.concat([hex('0c000003 00002a00'), ethernetOf(inner)])),
  },
  {
    name: 'VXLAN-GPE with IP',
    wrap: (inner) =>
      overUdp(
        4790,
        Buffer.concat([hex(versionOf(inner) === 4 ? '0c000001 00002a00' : '0c000002 00002a00'), inner]),
      ),
  },
  {
    name: 'GENEVE with Ethernet',
    wrap: (inner) => overUdp(6081, Buffer.concat([hex('00006558 00002a00'), ethernetOf(inner)])),
  },
  {
    name: 'GENEVE with IP and an option',
    wrap: (inner) => overUdp(6081, withType('0200', inner, '00002a00 01020001 00000000')),
  },
  { name: 'GTP-U', wrap: (inner) => gtp('30', '', inner) },
  { name: 'GTP-U with an extension header', wrap: (inner) => gtp('34', '0000 00 85 01 0009 00', inner) },
  {
    name: 'GTP-U with PPP',
    wrap: (inner) => gtp('30', '', ppp(inner)),
  },
  { name: 'GRE with PPP', wrap: (inner) => gre('0000 880b', ppp, inner) },
  { name: 'PPTP', wrap: pptp },
  {
    name: 'GRE of Aruba',
    wrap: (inner) => gre('0000 8200', (ip) => Buffer.concat([hex(ARUBA_FRAME), etherType(ip), ip]), inner),
  },
  {
    name: 'AYIYA',
    wrap: (inner) =>
      overUdp(
        5072,
        Buffer.concat([hex(versionOf(inner) === 4 ? AYIYA_IP4 : AYIYA_IP6), hex(AYIYA_REST), inner]),
      ),
  },
  { name: 'Teredo', carries: 6, wrap: (inner) => overUdp(3544, inner) },
  {
    name: 'Teredo with origin indication',
    carries: 6,
    wrap: (inner) => overUdp(3544, Buffer.concat([hex('0000 1234 3ffffdfe'), inner])),
  },
  { name: 'L2TP', wrap: (inner) => overUdp(1701, Buffer.concat([hex('0002 0001 0002'), ppp(inner)])) },
];
