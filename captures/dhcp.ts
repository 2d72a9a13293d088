// Writes the DHCP messages of a client that obtains its address and sends its name (RFC 2131 §4.3, options of RFC 2132).
import { repairChecksums, viewIpFrame } from './ip-frame.ts';

export interface DhcpClient {
  readonly mac: Buffer;
  readonly address: Buffer;
  readonly name: string;
}

export interface DhcpServer {
  readonly mac: Buffer;
  readonly address: Buffer;
  readonly dns: Buffer;
}

export const DHCP_DISCOVER = 1;
export const DHCP_OFFER = 2;
export const DHCP_REQUEST = 3;
export const DHCP_ACK = 5;

const LEASE_SECONDS = 10 * 3600;
const BROADCAST_MAC = Buffer.alloc(6, 0xff);
const BROADCAST = Buffer.alloc(4, 0xff);
const NOWHERE = Buffer.alloc(4);
const BOOTP_BYTES = 236;
const MINIMUM_MESSAGE_BYTES = 300;

/** One whole Ethernet frame; client messages are broadcast, server messages are unicast. */
export function dhcpFrame(type: number, client: DhcpClient, server: DhcpServer, transaction: number): Buffer {
  const isFromClient = type === DHCP_DISCOVER || type === DHCP_REQUEST;
  const message = dhcpMessage(type, client, server, transaction);
  const frame = Buffer.alloc(42 + message.length);
  (isFromClient ? BROADCAST_MAC : client.mac).copy(frame, 0);
  (isFromClient ? client.mac : server.mac).copy(frame, 6);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(28 + message.length, 16);
  frame.writeUInt8(64, 22);
  frame.writeUInt8(17, 23);
  (isFromClient ? NOWHERE : server.address).copy(frame, 26);
  (isFromClient ? BROADCAST : client.address).copy(frame, 30);
  frame.writeUInt16BE(isFromClient ? 68 : 67, 34);
  frame.writeUInt16BE(isFromClient ? 67 : 68, 36);
  frame.writeUInt16BE(8 + message.length, 38);
  message.copy(frame, 42);
  const view = viewIpFrame(frame);
  if (view !== null) repairChecksums(view);
  return frame;
}

function dhcpMessage(type: number, client: DhcpClient, server: DhcpServer, transaction: number): Buffer {
  const isFromClient = type === DHCP_DISCOVER || type === DHCP_REQUEST;
  const bootp = Buffer.alloc(BOOTP_BYTES);
  bootp.writeUInt8(isFromClient ? 1 : 2, 0);
  bootp.writeUInt8(1, 1);
  bootp.writeUInt8(6, 2);
  bootp.writeUInt32BE(transaction, 4);
  if (!isFromClient) client.address.copy(bootp, 16);
  client.mac.copy(bootp, 28);
  const options = [Buffer.from('63825363', 'hex'), option(53, Buffer.from([type]))];
  if (isFromClient) options.push(option(12, Buffer.from(client.name)));
  if (type === DHCP_REQUEST) options.push(option(50, client.address));
  if (!isFromClient) options.push(...leaseOptions(server));
  options.push(Buffer.from([255]));
  const message = Buffer.concat([bootp, ...options]);
  return Buffer.concat([message, Buffer.alloc(Math.max(0, MINIMUM_MESSAGE_BYTES - message.length))]);
}

function leaseOptions(server: DhcpServer): Buffer[] {
  const lease = Buffer.alloc(4);
  lease.writeUInt32BE(LEASE_SECONDS);
  const mask = Buffer.from([255, 255, 255, 0]);
  return [
    option(54, server.address),
    option(51, lease),
    option(1, mask),
    option(3, server.address),
    option(6, server.dns),
  ];
}

function option(code: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([code, value.length]), value]);
}
