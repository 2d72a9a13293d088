// Traffic that nobody can look into: packets of no known protocol, and flows that only begin as one. Each kind is made up to
// a number of bytes on the wire.
import type { Random } from '../../bench/random.ts';
import type { Frame } from '../pcap.ts';
import { dnsName } from '../rename-servers.ts';
import { pick } from './case.ts';
import { type End, ethernetFrame, frameOf, ipPacket, tcpPacket, udpPacket } from './forged/packets.ts';
import { ForgedTalk } from './forged/talk.ts';
import { applicationData, freshHello } from './forged/tls.ts';
import type { Greeting } from './made-talk.ts';

const PORT_DNS = 53;
const PORT_HTTPS = 443;
const PORT_DNS_OVER_TLS = 853;

/** What a kind needs of its case. */
export interface HiddenEnds {
  readonly client: Omit<End, 'port'>;
  readonly server: Omit<End, 'port'>;
  readonly resolver: Omit<End, 'port'>;
  readonly nextPort: () => number;
  /** The hello and its answer with this name. */
  readonly greet: (name: string) => Greeting;
}

/** Sends packets in both directions, and counts their bytes on the wire. */
export class HiddenTalk {
  readonly frames: Frame[] = [];
  readonly random: Random;
  readonly ends: HiddenEnds;
  bytes = 0;
  #timeUs: number;
  readonly #most: number;

  /** Packets are further apart where there are few of them. */
  constructor(ends: HiddenEnds, random: Random, startUs: number, most: number) {
    this.ends = ends;
    this.random = random;
    this.#timeUs = startUs;
    this.#most = most;
  }

  /** Repeats until so many bytes were sent; each step sends a little. */
  repeat(step: (number: number) => void): void {
    for (let number = 0; this.bytes < this.#most; number++) {
      step(number);
      this.pause();
    }
  }

  pause(): void {
    this.#timeUs += 10_000 + this.random.below(Math.min(4_000_000, 2e11 / this.#most));
  }

  /** Bytes without any form; few where few are left to send. */
  noise(least: number, most: number): Buffer {
    const left = Math.max(least, Math.min(most, this.#most - this.bytes));
    const bytes = Buffer.alloc(least + this.random.below(Math.max(1, left - least)));
    this.random.fillFresh(bytes, 0, bytes.length);
    return bytes;
  }

  ether(isUp: boolean, type: number, content: Buffer): void {
    const [from, to] = this.#pair(isUp, this.ends.server, 0, 0);
    this.#push(ethernetFrame(from, to, type, content));
  }

  ip(
    isUp: boolean,
    protocol: number,
    datagram: Buffer,
    change: (bytes: Buffer) => void = () => undefined,
  ): void {
    const [from, to] = this.#pair(isUp, this.ends.server, 0, 0);
    const bytes = ipPacket(from, to, protocol, datagram);
    change(bytes);
    this.#push(bytes);
  }

  udp(
    isUp: boolean,
    clientPort: number,
    serverPort: number,
    payload: Buffer,
    server = this.ends.server,
  ): void {
    const [from, to] = this.#pair(isUp, server, clientPort, serverPort);
    this.#push(udpPacket(from, to, payload));
  }

  /** A TCP connection that is open; `isUp`: only packets of this side were captured. */
  tcp(
    serverPort: number,
    options: { readonly isJoined?: boolean; readonly isUp?: boolean } = {},
  ): HiddenStream {
    const { client, server } = this.ends;
    const talk = new ForgedTalk(
      { client: { ...client, port: this.ends.nextPort() }, server: { ...server, port: serverPort } },
      this.#timeUs,
      { up: this.random.next32(), down: this.random.next32() },
    );
    if (options.isJoined !== true) talk.syn().synAck().ack(true);
    const take = (): void => {
      for (const frame of talk.frames.splice(0)) {
        const isSeen =
          options.isUp === undefined || options.isUp === frame.bytes.subarray(6, 12).equals(client.mac);
        if (isSeen) this.#push(frame.bytes);
      }
    };
    return (isUp, data) => {
      talk.send(isUp, data, true);
      take();
    };
  }

  #pair(isUp: boolean, server: Omit<End, 'port'>, clientPort: number, serverPort: number): [End, End] {
    const client = { ...this.ends.client, port: clientPort };
    const other = { ...server, port: serverPort };
    return isUp ? [client, other] : [other, client];
  }

  #push(bytes: Buffer): void {
    this.#timeUs += 300;
    this.bytes += bytes.length;
    this.frames.push(frameOf(this.#timeUs, bytes));
  }
}

type HiddenStream = (isUp: boolean, data: Buffer) => void;

export interface HiddenKind {
  readonly name: string;
  /** It has no addresses of its own, or those of a resolver. */
  readonly isPlaceless?: boolean;
  /** Its server has a name, which says why it is hidden: it is no server of the own network or of a vendor. */
  readonly isNamed?: boolean;
  /** How a log names its protocol; absent: no log has it. */
  readonly logged?: 'failed' | 'ssh' | null;
  /** No flow has packets in both directions. */
  readonly isOneWay?: boolean;
  /** Parsed as what it says it is, it weakens what is seen and hides no tool: shares of hidden traffic leave it out. */
  readonly isWeak?: boolean;
  make(talk: HiddenTalk): void;
}

const isEven = (number: number): boolean => number % 2 === 0;

/** Requests are smaller than answers. */
function exchange(talk: HiddenTalk, send: HiddenStream): void {
  talk.repeat((number) =>
    send(isEven(number), isEven(number) ? talk.noise(200, 3000) : talk.noise(400, 9000)),
  );
}

// ——— Packets without TCP or UDP ———

const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * i);
  return bytes;
};

const PROTOCOLS: readonly (readonly [name: string, protocol: number, head: (number: number) => Buffer])[] = [
  ['ESP', 50, (number) => words(0x5a17c3, number + 1)],
  ['AH', 51, (number) => Buffer.concat([Buffer.from([61, 4, 0, 0]), words(0x77, number + 1, 0, 0, 0)])],
  [
    'SCTP',
    132,
    (number) => Buffer.concat([words(0x0b590b59, 7, 0), Buffer.from([0, 3, 4, 0]), words(number, 0, 0)]),
  ],
  ['unknown GRE', 47, () => Buffer.from([0, 0, 0x12, 0x34])],
  ['IPComp', 108, () => Buffer.from([6, 0, 0, 9])],
  ['protocol 253', 253, () => Buffer.alloc(0)],
];

const ofProtocol = ([name, protocol, head]: (typeof PROTOCOLS)[number]): HiddenKind => ({
  name,
  logged: 'failed',
  make: (talk) =>
    talk.repeat((number) =>
      talk.ip(isEven(number), protocol, Buffer.concat([head(number), talk.noise(100, 1300)])),
    ),
});

/** IEEE 802.1AE: encrypted, with an explicit channel. */
const SEC_TAG = Buffer.from('2c0000000001020304050607', 'hex');

const ofEtherType = (name: string, type: number, head: Buffer): HiddenKind => ({
  name,
  isPlaceless: true,
  make: (talk) =>
    talk.repeat((number) => talk.ether(isEven(number), type, Buffer.concat([head, talk.noise(100, 1300)]))),
});

/** Later parts of datagrams of which the first was not captured (RFC 791 §3.1). */
const FRAGMENTS: HiddenKind = {
  name: 'fragments without a first part',
  make: (talk) =>
    talk.repeat((number) => {
      const part = Buffer.concat([talk.noise(100, 1200), Buffer.alloc(8)]);
      talk.ip(isEven(number), 17, part.subarray(0, part.length & ~7), (bytes) => {
        bytes.writeUInt16BE(1 + (number >> 1), 18);
        bytes.writeUInt16BE((isEven(number) ? 0x2000 : 0) | 185, 20);
        bytes.writeUInt16BE(0, 24);
        let sum = 0;
        for (let at = 14; at < 34; at += 2) sum += bytes.readUInt16BE(at);
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        bytes.writeUInt16BE(~sum & 0xffff, 24);
      });
    }),
};

const inTunnel = (
  name: string,
  protocol: number,
  head: string,
  inner: (talk: HiddenTalk, number: number) => Buffer,
): HiddenKind => ({
  name,
  isPlaceless: true,
  make: (talk) =>
    talk.repeat((number) =>
      talk.ip(isEven(number), protocol, Buffer.concat([Buffer.from(head, 'hex'), inner(talk, number)])),
    ),
});

// ——— UDP ———

const overUdp = (
  name: string,
  send: (talk: HiddenTalk, number: number, ports: { client: number; server: number }) => void,
  serverPort: number | null = null,
): HiddenKind => ({
  name,
  logged: 'failed',
  make(talk) {
    const ports = { client: talk.ends.nextPort(), server: serverPort ?? 10_000 + talk.random.below(40_000) };
    talk.repeat((number) => send(talk, number, ports));
  },
});

export const udpOn = (port: number): HiddenKind =>
  overUdp(
    `random UDP on ${port}`,
    (talk, number, { client, server }) => talk.udp(isEven(number), client, server, talk.noise(60, 1300)),
    port,
  );

/** Messages of initiation, response and data. */
const wireGuardOn = (port: number): HiddenKind =>
  overUdp(
    `WireGuard on ${port}`,
    (talk, number, { client, server }) => {
      const [type, size] = number === 0 ? [1, 148] : number === 1 ? [2, 92] : [4, 0];
      const data = talk.noise(80, 1300);
      const message =
        size === 0
          ? data.subarray(0, data.length & ~15)
          : Buffer.concat([data, Buffer.alloc(150)]).subarray(0, size);
      message.writeUInt32LE(type, 0);
      talk.udp(isEven(number), client, server, message);
    },
    port,
  );

const HOPPING: HiddenKind = overUdp('UDP that changes its port', (talk, number, ports) => {
  if (number % 3 === 0) {
    ports.server = 20_000 + talk.random.below(30_000);
    if (isEven(talk.random.below(2))) ports.client = talk.ends.nextPort();
  }
  talk.udp(number % 3 !== 1, ports.client, ports.server, talk.noise(60, 1300));
});
const UDP_UP: HiddenKind = overUdp('UDP that only goes up', (talk, _, { client, server }) =>
  talk.udp(true, client, server, talk.noise(60, 1300)),
);
const UDP_DOWN: HiddenKind = overUdp('UDP that only comes down', (talk, _, { client, server }) =>
  talk.udp(false, client, server, talk.noise(60, 1300)),
);
const HALVES: HiddenKind = overUdp('UDP halves on different ports', (talk, number, { client, server }) => {
  const isUp = isEven(number);
  talk.udp(isUp, isUp ? client : client + 500, isUp ? server : server + 1, talk.noise(60, 1300));
});

/** Packets of a connection that no tunnel header on this port announces. */
function innerPacket(talk: HiddenTalk): Buffer {
  const [client, server] = [talk.ends.client, talk.ends.server].map((end) => ({ ...end, port: PORT_HTTPS }));
  if (client === undefined || server === undefined) return Buffer.alloc(0);
  const address = Buffer.from([192, 168, 7, 2]);
  return tcpPacket(
    { ...client, address, port: 50_000 },
    { ...server, address: Buffer.from([192, 168, 7, 9]) },
    {
      flags: 0x18,
      sequence: talk.random.next32(),
      acknowledgement: 1,
      payload: talk.noise(60, 1200),
    },
  );
}

const tunnelOn = (name: string, head: string, isWithEthernet: boolean): HiddenKind =>
  overUdp(name, (talk, _, { client, server }) => {
    const inner = innerPacket(talk);
    const content = isWithEthernet ? inner : inner.subarray(14);
    talk.udp(true, client, server, Buffer.concat([Buffer.from(head, 'hex'), content]));
  });

/** STUN (RFC 8489 §5), then RTP of which the payload is encrypted. */
const MEDIA: HiddenKind = {
  name: 'WebRTC media',
  logged: 'failed',
  make(talk) {
    const [client, server] = [talk.ends.nextPort(), 3478];
    const stun = (type: number, body: Buffer): Buffer =>
      Buffer.concat([Buffer.from([type >> 8, type & 255, 0, body.length]), words(0x2112a442, 1, 2, 3), body]);
    talk.udp(true, client, server, stun(1, Buffer.alloc(0)));
    talk.udp(false, client, server, stun(0x101, Buffer.from('002000080001c3a12112a442', 'hex')));
    talk.repeat((number) => {
      const header = Buffer.concat([
        Buffer.from([0x80, 111, number >> 8, number & 255]),
        words(number * 960, 7),
      ]);
      talk.udp(isEven(number), client, server, Buffer.concat([header, talk.noise(80, 1100)]));
    });
  },
};

/** Well-formed questions of which the names carry the data up, and texts of the answers that carry it down. */
const dnsTunnel = (name: string, isOutside: boolean): HiddenKind => ({
  name,
  isPlaceless: true,
  isWeak: true,
  make(talk) {
    const server = isOutside ? talk.ends.server : talk.ends.resolver;
    const zone = `t${talk.random.below(1e6)}.example.net`;
    talk.repeat((number) => {
      const port = talk.ends.nextPort();
      const label = (): string => talk.noise(30, 31).toString('hex').slice(0, 60);
      const question = Buffer.concat([
        dnsName(`${label()}.${label()}.${label()}.${zone}`),
        Buffer.from([0, 16, 0, 1]),
      ]);
      const text = talk.noise(150, 250).subarray(0, 250);
      const answer = Buffer.concat([
        Buffer.from([0xc0, 0x0c, 0, 16, 0, 1, 0, 0, 0, 0, 0, text.length + 1, text.length]),
        text,
      ]);
      const id = number & 0xffff;
      const head = (flags: number, answers: number): Buffer =>
        Buffer.from([id >> 8, id & 255, flags >> 8, flags & 255, 0, 1, 0, answers, 0, 0, 0, 0]);
      talk.udp(true, port, PORT_DNS, Buffer.concat([head(0x0100, 0), question]), server);
      talk.udp(false, port, PORT_DNS, Buffer.concat([head(0x8180, 1), question, answer]), server);
    });
  },
});

// ——— TCP ———

type Turn = readonly [up: Buffer | string, down: Buffer | string];

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** Clear words of a protocol, and random bytes behind them. */
const BEGINNINGS: readonly (readonly [name: string, port: number, turns: readonly Turn[]])[] = [
  ['nothing', 8443, []],
  [
    'a plain WebSocket',
    80,
    [
      [
        'GET /chat HTTP/1.1\r\nHost: ws.example.net\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
      ],
    ],
  ],
  [
    'an HTTP POST',
    80,
    [
      [
        'POST /up HTTP/1.1\r\nHost: files.example.net\r\nTransfer-Encoding: chunked\r\n\r\n',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      ],
    ],
  ],
  [
    'CONNECT',
    8080,
    [
      [
        'CONNECT files.example.net:443 HTTP/1.1\r\nHost: files.example.net:443\r\n\r\n',
        'HTTP/1.1 200 Connection established\r\n\r\n',
      ],
    ],
  ],
  [
    'SOCKS 5',
    1080,
    [
      [hex('050100'), hex('0500')],
      [hex('05010001c633640701bb'), hex('05000001000000000000')],
    ],
  ],
  [
    'SMTP and STARTTLS',
    587,
    [
      ['', '220 mail.example.net ESMTP\r\n'],
      ['EHLO laptop\r\n', '250-mail.example.net\r\n250 STARTTLS\r\n'],
      ['STARTTLS\r\n', '220 2.0.0 Ready to start TLS\r\n'],
    ],
  ],
  [
    'IMAP and STARTTLS',
    143,
    [
      ['', '* OK IMAP4rev1 ready\r\n'],
      ['a1 STARTTLS\r\n', 'a1 OK Begin TLS negotiation now\r\n'],
    ],
  ],
  ['PostgreSQL and SSL', 5432, [[hex('0000000804d2162f'), 'S']]],
  [
    'RDP',
    3389,
    [[hex('030000130ee000000000000100080003000000'), hex('030000130ed000001234000200080002000000')]],
  ],
  ['MQTT', 1883, [[hex('101000044d5154540402003c000474657374'), hex('20020000')]]],
  [
    'BitTorrent',
    6881,
    [
      [
        Buffer.concat([Buffer.from('\x13BitTorrent protocol'), Buffer.alloc(8), Buffer.alloc(40, 7)]),
        Buffer.concat([Buffer.from('\x13BitTorrent protocol'), Buffer.alloc(8), Buffer.alloc(40, 9)]),
      ],
    ],
  ],
  ['git', 9418, [['0032git-upload-pack /project.git\0host=example.net\0', '']]],
  ['a line of text', 7000, [['hello there, who is it\r\n', 'welcome to the service\r\n']]],
  ['one byte', 9001, [[hex('c7'), '']]],
  ['31 bytes', 9002, [[hex('c79b1e553af0d216884cb7a90d63e2f8317a04c58ed69f21b64e70ab13dc52'), '']]],
];

const onTcp = ([name, port, turns]: (typeof BEGINNINGS)[number]): HiddenKind => ({
  name: `TCP behind ${name}`,
  ...(turns.length === 0 ? { logged: 'failed' as const } : {}),
  make(talk) {
    const send = talk.tcp(port);
    for (const [up, down] of turns) {
      if (up.length > 0) send(true, Buffer.from(up));
      if (down.length > 0) send(false, Buffer.from(down));
      talk.pause();
    }
    exchange(talk, send);
  },
});

const TCP_HALVES: HiddenKind = {
  name: 'TCP halves on different ports',
  isOneWay: true,
  logged: 'failed',
  make(talk) {
    const [up, down] = [talk.tcp(8443, { isUp: true }), talk.tcp(8444, { isUp: false })];
    exchange(talk, (isUp, data) => (isUp ? up : down)(isUp, data));
  },
};

const records = (talk: HiddenTalk, least: number, most: number): Buffer =>
  applicationData(talk.noise(least, most).length);

const TLS_JOINED: HiddenKind = {
  name: 'TLS without its beginning',
  make(talk) {
    const send = talk.tcp(PORT_HTTPS, { isJoined: true });
    talk.repeat((number) => send(isEven(number), records(talk, 200, isEven(number) ? 3000 : 9000)));
  },
};

/** TLS to a server with this name; what follows the hello of the client may lack the answer. */
function greeted(talk: HiddenTalk, name: string, port: number, isAnswered: boolean): void {
  const { client, server } = talk.ends.greet(name);
  const send = talk.tcp(port);
  send(true, freshHello(client, talk.random));
  if (isAnswered) send(false, server);
  talk.repeat((number) => send(!isEven(number), records(talk, 200, isEven(number) ? 9000 : 3000)));
}

/** The name is asked for, the server named by the answer, and what follows is TLS to it: nothing of it is hidden. */
export function namedTraffic(talk: HiddenTalk, name: string): void {
  const { resolver, server, nextPort } = talk.ends;
  const port = nextPort();
  const question = Buffer.concat([dnsName(name), Buffer.from([0, 1, 0, 1])]);
  const head = (flags: number, answers: number): Buffer =>
    Buffer.from([7, 7, flags >> 8, flags & 255, 0, 1, 0, answers, 0, 0, 0, 0]);
  const answer = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...server.address]);
  talk.udp(true, port, PORT_DNS, Buffer.concat([head(0x0100, 0), question]), resolver);
  talk.udp(false, port, PORT_DNS, Buffer.concat([head(0x8180, 1), question, answer]), resolver);
  greeted(talk, name, PORT_HTTPS, true);
}

/** Records of the handshake, and behind them a protocol of its own. */
const NO_RECORDS: HiddenKind = {
  name: 'TLS and then other bytes',
  make(talk) {
    const { client, server } = talk.ends.greet('files.example.net');
    const send = talk.tcp(PORT_HTTPS);
    send(true, freshHello(client, talk.random));
    send(false, server);
    exchange(talk, send);
  },
};

const UNANSWERED: HiddenKind = {
  name: 'a ClientHello without a ServerHello',
  make: (talk) => greeted(talk, 'files.example.net', PORT_HTTPS, false),
};

const named = (
  name: string,
  port: number,
  nameOf: (random: Random) => string,
  isWeak = false,
): HiddenKind => ({
  name,
  isNamed: true,
  ...(isWeak ? { isWeak } : {}),
  make: (talk) => greeted(talk, nameOf(talk.random), port, true),
});

const SSH: HiddenKind = {
  name: 'SSH',
  logged: 'ssh',
  make(talk) {
    const send = talk.tcp(22);
    send(true, Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'));
    send(false, Buffer.from('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'));
    exchange(talk, send);
  },
};

const TOR_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const letters = (random: Random, count: number): string =>
  Array.from({ length: count }, () => TOR_LETTERS.charAt(random.below(TOR_LETTERS.length))).join('');

const DOH = ['dns.google', 'cloudflare-dns.com', 'dns.quad9.net', 'odoh.cloudflare-dns.com'] as const;
const TUNNELS = [
  'gateway.zscaler.net',
  'derp7.tailscale.com',
  'mask.icloud.com',
  'eu.goskope.com',
  'us-nyc.gw.openvpn.com',
  'tunnel.us.ngrok.com',
] as const;

const SEVERAL_PORTS = [53, 123, 137, 5353, 443, 853, 1900, 67, 51_820] as const;

export const HIDDEN_KINDS: readonly HiddenKind[] = [
  ...PROTOCOLS.map(ofProtocol),
  ofEtherType('MACsec', 0x88e5, SEC_TAG),
  ofEtherType('an unknown EtherType', 0x88b5, Buffer.alloc(0)),
  FRAGMENTS,
  inTunnel('IP in IP with headers like those of fragments', 4, '', (talk, number) => {
    const inner = talk.noise(100, 1200).subarray(0);
    inner.writeUInt16BE(0x4500, 0);
    inner.writeUInt16BE(inner.length, 2);
    inner.writeUInt16BE(number & 0xffff, 4);
    inner.writeUInt16BE(0x2000, 6);
    return inner;
  }),
  inTunnel('GRE with datagrams of another address', 47, '00000800', (talk, number) => {
    const [host, server] = [Buffer.from([172, 31, 0, 9]), Buffer.from([192, 0, 2, 9])];
    const ends = [
      { ...talk.ends.client, address: host, port: 40_000 },
      { ...talk.ends.server, address: server, port: 4999 },
    ] as const;
    const [from, to] = isEven(number) ? ends : [ends[1], ends[0]];
    return udpPacket(from, to, talk.noise(60, 1200)).subarray(14);
  }),
  ...SEVERAL_PORTS.map(udpOn),
  ...[53, 123, 853, 5353, 4500].map(wireGuardOn),
  HOPPING,
  UDP_UP,
  UDP_DOWN,
  HALVES,
  tunnelOn('VXLAN on another port', '0800000000002a00', true),
  tunnelOn('IP in UDP', '', false),
  tunnelOn('TZSP on another port', '0100000101', true),
  MEDIA,
  dnsTunnel('TXT tunnel through the resolver', false),
  dnsTunnel('TXT tunnel to an outside server', true),
  ...BEGINNINGS.map(onTcp),
  TCP_HALVES,
  TLS_JOINED,
  NO_RECORDS,
  UNANSWERED,
  SSH,
  named('Tor', 9001, (random) => `www.${letters(random, 8 + random.below(12))}.com`),
  named('DNS over TLS', PORT_DNS_OVER_TLS, () => 'dns.example.net', true),
  named('DNS over HTTPS', PORT_HTTPS, (random) => pick(random, DOH), true),
  named('a named tunnel', PORT_HTTPS, (random) => pick(random, TUNNELS)),
];

export function kindNamed(name: string): HiddenKind {
  const found = HIDDEN_KINDS.find((kind) => kind.name === name);
  if (found === undefined) throw new Error(`no kind is named ${name}`);
  return found;
}
