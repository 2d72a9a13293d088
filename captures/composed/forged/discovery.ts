// Writes messages of host discovery: ARP, DHCP, mDNS and NBNS.
import { DHCP_ACK, DHCP_REQUEST, dhcpFrame } from '../../dhcp.ts';
import { repairChecksums, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { dnsName } from '../../rename-servers.ts';
import type { Machine } from '../scene.ts';
import { frameOf, mangled, udpPacket } from './packets.ts';

const ETHERTYPE_ARP = 0x0806;
const ARP_REPLY = 2;
const MDNS = { mac: '01005e0000fb', address: Buffer.from([224, 0, 0, 251]), port: 5353 };
const BROADCAST = { mac: Buffer.alloc(6, 0xff), address: Buffer.alloc(4, 0xff) };
const PORT_NBNS = 137;
const PORT_DHCP_SERVER = 67;
/** RFC 2131 §2: offsets in the message. */
const BOOTP = { hops: 3, relay: 24 } as const;
const DNS_SERVER = Buffer.from([10, 1, 0, 2]);

interface Claim {
  readonly mac: Buffer;
  readonly address: Buffer;
}

/** An ARP reply (RFC 826). `sender` is the source MAC of the frame. */
export function arpFrame(sender: Buffer, { mac, address }: Claim, asker: Buffer, timeUs: number): Frame {
  const bytes = Buffer.alloc(60);
  bytes.fill(0xff, 0, 6);
  sender.copy(bytes, 6);
  bytes.writeUInt16BE(ETHERTYPE_ARP, 12);
  Buffer.from([0, 1, 8, 0, 6, 4, 0, ARP_REPLY]).copy(bytes, 14);
  mac.copy(bytes, 22);
  address.copy(bytes, 28);
  bytes.fill(0xff, 32, 38);
  asker.copy(bytes, 38);
  return frameOf(timeUs, bytes);
}

/** An mDNS answer (RFC 6762) with an A record. */
export function mdnsFrame(sender: Claim, name: string, address: Buffer, timeUs: number): Frame {
  const header = Buffer.from([0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from([0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4, ...address]);
  const to = { ...MDNS, mac: Buffer.from(MDNS.mac, 'hex') };
  const message = Buffer.concat([header, dnsName(`${name}.local`), record]);
  return frameOf(timeUs, udpPacket({ ...sender, port: MDNS.port }, to, message));
}

/** A registration request (RFC 1002 §4.2.2) of a workstation name. */
export function nbnsFrame(sender: Claim, name: string, address: Buffer, timeUs: number): Frame {
  const padded = `${name.toUpperCase().slice(0, 15).padEnd(15)}\0`;
  const letters = [...Buffer.from(padded, 'latin1')].flatMap((byte) => [65 + (byte >> 4), 65 + (byte & 15)]);
  const question = Buffer.from([32, ...letters, 0, 0, 32, 0, 1]);
  const header = Buffer.from([0x12, 0x34, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1]);
  const record = Buffer.from([0xc0, 12, 0, 32, 0, 1, 0, 4, 0x93, 0xe0, 0, 6, 0, 0, ...address]);
  const message = Buffer.concat([header, question, record]);
  const to = { ...BROADCAST, port: PORT_NBNS };
  return frameOf(timeUs, udpPacket({ ...sender, port: PORT_NBNS }, to, message));
}

export interface LeaseClaim extends Claim {
  readonly name: string;
}

/** DHCPREQUEST and DHCPACK. `sender` is the source MAC of the request's frame. */
export function leaseFrames(
  claim: LeaseClaim,
  { gateway, gatewayMac }: Machine,
  timeUs: number,
  transaction: number,
  sender: Buffer = claim.mac,
): [request: Frame, acknowledgement: Frame] {
  const server = { mac: gatewayMac, address: gateway, dns: DNS_SERVER };
  const made = [DHCP_REQUEST, DHCP_ACK].map((type, i) =>
    frameOf(timeUs + i * 1000, dhcpFrame(type, claim, server, transaction)),
  ) as [Frame, Frame];
  return [mangled(made[0], (bytes) => sender.copy(bytes, 6)), made[1]];
}

/** The message between relay agent and server (RFC 2131 §4.1): unicast, giaddr set. */
export function relayed(frame: Frame, relay: Claim, server: Claim, isToServer: boolean): Frame {
  return mangled(frame, (bytes) => {
    const view = viewIpFrame(bytes);
    if (view === null) return;
    const [from, to] = isToServer ? [relay, server] : [server, relay];
    to.mac.copy(bytes, 0);
    from.mac.copy(bytes, 6);
    from.address.copy(bytes, view.ipAt + 12);
    to.address.copy(bytes, view.ipAt + 16);
    bytes.writeUInt16BE(PORT_DHCP_SERVER, view.transportAt);
    bytes.writeUInt16BE(PORT_DHCP_SERVER, view.transportAt + 2);
    throughRelay(bytes, view.payloadAt, relay.address);
    repairChecksums(view);
  });
}

/** The DHCPACK between relay agent and client. */
export function fromRelay(frame: Frame, relay: Claim): Frame {
  return mangled(frame, (bytes) => {
    const view = viewIpFrame(bytes);
    if (view === null) return;
    relay.mac.copy(bytes, 6);
    relay.address.copy(bytes, view.ipAt + 12);
    throughRelay(bytes, view.payloadAt, relay.address);
    repairChecksums(view);
  });
}

function throughRelay(bytes: Buffer, messageAt: number, relay: Buffer): void {
  bytes.writeUInt8(1, messageAt + BOOTP.hops);
  relay.copy(bytes, messageAt + BOOTP.relay);
}
