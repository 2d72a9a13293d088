// Writes DNS messages (RFC 1035): answers without a query, questions with the address of another machine.
import type { Frame } from '../../pcap.ts';
import { dnsName } from '../../rename-servers.ts';
import type { Machine } from '../scene.ts';
import { frameOf, udpPacket } from './packets.ts';

const PORT_DNS = 53;
const DNS_SERVER = Buffer.from([10, 1, 0, 2]);
const TRANSACTION = 0x1d0f;

/** A DNS query with the address of the machine, in a frame of `mac`. */
export function dnsQuestion(
  machine: Machine,
  mac: Buffer,
  name: string,
  port: number,
  timeUs: number,
): Frame {
  const header = Buffer.from([TRANSACTION >> 8, TRANSACTION & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const question = Buffer.concat([dnsName(name), Buffer.from([0, 1, 0, 1])]);
  const from = { mac, address: machine.address, port };
  const to = { mac: machine.gatewayMac, address: DNS_SERVER, port: PORT_DNS };
  return frameOf(timeUs, udpPacket(from, to, Buffer.concat([header, question])));
}

/** A DNS answer to the machine with an A record. */
export function dnsAnswer(
  machine: Machine,
  name: string,
  address: Buffer,
  timeUs: number,
  port = machine.nextPort(),
): Frame {
  const header = Buffer.from([TRANSACTION >> 8, TRANSACTION & 255, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const question = Buffer.concat([dnsName(name), Buffer.from([0, 1, 0, 1])]);
  const answer = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address]);
  const from = { mac: machine.gatewayMac, address: DNS_SERVER, port: PORT_DNS };
  const to = { mac: machine.mac, address: machine.address, port };
  return frameOf(timeUs, udpPacket(from, to, Buffer.concat([header, question, answer])));
}
