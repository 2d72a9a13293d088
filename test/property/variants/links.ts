// Link headers of captures around one IP packet: a table of them, each with its LINKTYPE number.

export interface Link {
  readonly name: string;
  readonly linkType: number;
  readonly wrap: (ip: Buffer) => Buffer;
}

const ETHERNET = 1;
const MACS = Buffer.from('0200000000010200000000f2', 'hex');

export function versionOf(ip: Buffer): 4 | 6 {
  return ip.readUInt8(0) >> 4 === 4 ? 4 : 6;
}

export function etherType(ip: Buffer): Buffer {
  return Buffer.from(versionOf(ip) === 4 ? '0800' : '86dd', 'hex');
}

function ethernet(type: Buffer, payload: Buffer): Buffer {
  return Buffer.concat([MACS, type, payload]);
}

export function ethernetOf(ip: Buffer): Buffer {
  return ethernet(etherType(ip), ip);
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

function shim(name: string, type: string, header: string): Link {
  return {
    name,
    linkType: ETHERNET,
    wrap: (ip) => ethernet(hex(type), Buffer.concat([hex(header), etherType(ip), ip])),
  };
}

function plain(name: string, linkType: number, header: (ip: Buffer) => Buffer): Link {
  return { name, linkType, wrap: (ip) => Buffer.concat([header(ip), ip]) };
}

/** RFC 3032: the bottom label's last bit of the third byte is set. */
function mpls(name: string, labels: string): Link {
  return { name, linkType: ETHERNET, wrap: (ip) => ethernet(hex('8847'), Buffer.concat([hex(labels), ip])) };
}

function pppProtocol(ip: Buffer): Buffer {
  return hex(versionOf(ip) === 4 ? '0021' : '0057');
}

/** RFC 2516 §4. */
function pppoe(ip: Buffer): Buffer {
  const header = Buffer.concat([hex('1100 1234 0000'), pppProtocol(ip)]);
  header.writeUInt16BE(2 + ip.length, 4);
  return ethernet(hex('8864'), Buffer.concat([header, ip]));
}

/** 802.11 data frame to the distribution system with LLC and SNAP; QoS adds two bytes. */
function wlan(ip: Buffer, isQos: boolean): Buffer {
  const header = hex(
    `${isQos ? '8801' : '0801'} 0000 0200000000aa 020000000001 0200000000f2 0000 ${isQos ? '0000' : ''}`,
  );
  return Buffer.concat([header, hex('aaaa03 000000'), etherType(ip), ip]);
}

/** Attributes: a time stamp that must be passed over, then the payload (type 9), both padded to four bytes. */
function nflog(ip: Buffer): Buffer {
  const header = Buffer.concat([
    hex(versionOf(ip) === 4 ? '02000000' : '0a000000'),
    hex('0600 0100 abcd 0000'),
    hex('0000 0900'),
  ]);
  header.writeUInt16LE(4 + ip.length, 12);
  return Buffer.concat([header, ip, Buffer.alloc((4 - (ip.length % 4)) % 4)]);
}

function pktap(linkType: number, frame: Buffer): Buffer {
  const header = Buffer.alloc(108);
  header.writeUInt32LE(108, 0);
  header.writeUInt32LE(1, 4);
  header.writeUInt32LE(linkType, 8);
  header.write('en0', 12, 'latin1');
  return Buffer.concat([header, frame]);
}

export const LINKS: readonly Link[] = [
  { name: 'Ethernet', linkType: ETHERNET, wrap: ethernetOf },
  shim('802.1Q', '8100', '0078'),
  shim('QinQ', '88a8', '0064 8100 0078'),
  shim('QinQ with 0x9100', '9100', '0064 8100 0078'),
  shim('Cisco metadata', '8909', '01 01 0001 000a'),
  shim('802.1Q over Cisco metadata', '8100', '0078 8909 01 01 0001 000a'),
  mpls('MPLS, one label', '00012140'),
  mpls('MPLS, three labels', '00010040 00011040 00012140'),
  { name: 'PPPoE', linkType: ETHERNET, wrap: pppoe },
  plain('PPP', 9, (ip) => Buffer.concat([hex('ff03'), pppProtocol(ip)])),
  plain('PPP, compressed headers', 9, (ip) => pppProtocol(ip).subarray(1)),
  plain('PPP in HDLC', 50, (ip) => Buffer.concat([hex('ff03'), pppProtocol(ip)])),
  plain('PPP with ether types', 9, (ip) => Buffer.concat([hex('ff03'), etherType(ip)])),
  plain('C-HDLC by the number of PPP', 9, (ip) => Buffer.concat([hex('0f00'), etherType(ip)])),
  plain('C-HDLC', 104, (ip) => Buffer.concat([hex('0f00'), etherType(ip)])),
  plain('Frame Relay', 107, (ip) => hex(versionOf(ip) === 4 ? '1841 03 cc' : '1841 03 8e')),
  plain('Frame Relay with SNAP', 107, (ip) => Buffer.concat([hex('1841 03 00 80 000000'), etherType(ip)])),
  { name: '802.11', linkType: 105, wrap: (ip) => wlan(ip, false) },
  { name: '802.11 QoS', linkType: 105, wrap: (ip) => wlan(ip, true) },
  {
    name: '802.11 behind radiotap',
    linkType: 127,
    wrap: (ip) => Buffer.concat([hex('0000 0900 02000000 00'), wlan(ip, true)]),
  },
  {
    name: '802.11 behind radiotap, with FCS',
    linkType: 127,
    wrap: (ip) => Buffer.concat([hex('0000 0900 02000000 10'), wlan(ip, false), hex('01020304')]),
  },
  { name: 'NFLOG', linkType: 239, wrap: nflog },
  { name: 'PKTAP with Ethernet', linkType: 258, wrap: (ip) => pktap(1, ethernetOf(ip)) },
  { name: 'PKTAP with raw IP', linkType: 258, wrap: (ip) => pktap(12, ip) },
  plain('SLL', 113, (ip) => Buffer.concat([hex('0000 0001 0006 020000000001 0000'), etherType(ip)])),
  plain('SLL2', 276, (ip) =>
    Buffer.concat([etherType(ip), hex('0000 00000002 0001 00 06 020000000001 0000')]),
  ),
  plain('NULL, little-endian', 0, (ip) => hex(versionOf(ip) === 4 ? '02000000' : '1e000000')),
  plain('NULL, big-endian', 0, (ip) => hex(versionOf(ip) === 4 ? '00000002' : '00000018')),
  plain('LOOP', 108, (ip) => hex(versionOf(ip) === 4 ? '00000002' : '0000001c')),
  plain('NULL with a family of no known system', 0, () => hex('00000063')),
  { name: 'RAW', linkType: 101, wrap: (ip) => ip },
];
