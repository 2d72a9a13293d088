// Writes the neighbor advertisement with the MAC of an IPv6 address (RFC 4861 §4.4).
import { internetChecksum } from './ip-frame.ts';

const ETHERTYPE_IPV6 = 0x86dd;
const ICMPV6 = 58;
const ADVERTISEMENT = 136;
const SOLICITED_OVERRIDE = 0x60;
const OPTION_TARGET_LINK_ADDRESS = 2;
const HOP_LIMIT = 255;

export function neighbourAdvertisement(
  mac: Buffer,
  address6: Buffer,
  asker: Buffer,
  askerMac: Buffer,
): Buffer {
  const body = Buffer.alloc(32);
  body.writeUInt8(ADVERTISEMENT, 0);
  body.writeUInt8(SOLICITED_OVERRIDE, 4);
  address6.copy(body, 8);
  body.writeUInt8(OPTION_TARGET_LINK_ADDRESS, 24);
  body.writeUInt8(1, 25);
  mac.copy(body, 26);
  const pseudo = Buffer.concat([address6, asker, Buffer.from([0, 0, 0, body.length, 0, 0, 0, ICMPV6])]);
  body.writeUInt16BE(internetChecksum(Buffer.concat([pseudo, body])), 2);
  const header = Buffer.alloc(54);
  askerMac.copy(header, 0);
  mac.copy(header, 6);
  header.writeUInt16BE(ETHERTYPE_IPV6, 12);
  header.writeUInt8(0x60, 14);
  header.writeUInt16BE(body.length, 18);
  header.writeUInt8(ICMPV6, 20);
  header.writeUInt8(HOP_LIMIT, 21);
  address6.copy(header, 22);
  asker.copy(header, 38);
  return Buffer.concat([header, body]);
}
