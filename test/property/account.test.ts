// The account of traffic: the classes of every capture sum to its bytes on the wire, whatever is in it and however many workers
// read it, and no class follows from a port or from the first bytes of a flow.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FLAGS, frameOf, tcpPacket } from '../../captures/composed/forged/packets.ts';
import { applicationData } from '../../captures/composed/forged/tls.ts';
import { type Frame, readPcap, writePcap } from '../../captures/pcap.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { analyze } from '../../src/reading/captures/analyze-captures.ts';
import { accountTotal, buildAccounts } from '../../src/report/document/accounts.ts';
import { temporaryFolder } from '../temporary.ts';
import { CLAUDE_OPTIONS } from './claude-options.ts';

const folder = temporaryFolder('account');

const START_US = 1_795_000_000_000_000;
const HOST = [10, 20, 1, 5];
const OTHER_HOST = [10, 20, 1, 6];
const SERVER = [203, 0, 113, 50];

interface Account {
  lookedInto: number;
  harmless: number;
  inside: number;
  hidden: Record<string, number>;
}

function accountOf(windows: readonly UsageWindow[]): Account {
  const sum: Account = { lookedInto: 0, harmless: 0, inside: 0, hidden: {} };
  for (const { account } of windows) {
    for (const one of account ?? []) {
      sum.lookedInto += one.lookedInto;
      sum.harmless += one.harmless;
      sum.inside += one.inside;
      for (const { kind, bytes } of one.hidden) sum.hidden[kind] = (sum.hidden[kind] ?? 0) + bytes;
    }
  }
  return sum;
}

const totalOf = ({ lookedInto, harmless, inside, hidden }: Account): number =>
  lookedInto + harmless + inside + Object.values(hidden).reduce((sum, bytes) => sum + bytes, 0);

/** The same bytes in each run. */
function noise(length: number, seed: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i * 32 < length; i++) parts.push(createHash('sha256').update(`${seed} ${i}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

const number = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};

function ethernet(type: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from('020000000002020000000001', 'hex'), number(type, 2), payload]);
}

function ip4(protocol: number, from: readonly number[], to: readonly number[], payload: Buffer): Buffer {
  const header = Buffer.from([...[0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0], ...from, ...to]);
  header.writeUInt16BE(20 + payload.length, 2);
  return ethernet(0x0800, Buffer.concat([header, payload]));
}

/** Without a checksum. */
const udp = (from: number, to: number, payload: Buffer): Buffer =>
  Buffer.concat([number(from, 2), number(to, 2), number(8 + payload.length, 2), number(0, 2), payload]);

/** Ten frames there and ten back, half a second apart. */
function talk(made: (isBack: boolean, i: number) => Buffer): Frame[] {
  return Array.from({ length: 20 }, (_, i) => {
    const bytes = made(i % 2 === 1, i);
    return { timeUs: START_US + i * 500_000, wireLength: bytes.length, bytes };
  });
}

const between = (protocol: number, peer: readonly number[], payload: (i: number) => Buffer): Frame[] =>
  talk((isBack, i) =>
    isBack ? ip4(protocol, peer, HOST, payload(i)) : ip4(protocol, HOST, peer, payload(i)),
  );

const datagrams = (port: number, peer: readonly number[], payload: (isBack: boolean, i: number) => Buffer) =>
  talk((isBack, i) =>
    isBack
      ? ip4(17, peer, HOST, udp(port, 40_000, payload(isBack, i)))
      : ip4(17, HOST, peer, udp(40_000, port, payload(isBack, i))),
  );

/** Requests and answers: `fill` has the number of the exchange, and that of the frame. */
const echo = (size: number, fill: (exchange: number, i: number) => Buffer) => (i: number) =>
  Buffer.concat([
    Buffer.from([i % 2 === 0 ? 8 : 0, 0, 0, 0, 0, 1, 0, i >> 1]),
    fill(i >> 1, i).subarray(0, size),
  ]);

const ntp = (isBack: boolean): Buffer =>
  Buffer.from([isBack ? 0x24 : 0x23, 2, 6, 0xec, ...Array(44).fill(1)]);

const dnsName = (labels: readonly string[]): Buffer =>
  Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
const question = (labels: readonly string[], type: number) => (isBack: boolean, i: number) =>
  Buffer.concat([
    Buffer.from([1, i, isBack ? 0x81 : 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    dnsName(labels),
    number(type, 2),
    number(1, 2),
  ]);
const LONG_NAME = [...Array.from({ length: 3 }, (_, i) => noise(30, i).toString('hex')), 't', 'example'];

const ARP = Buffer.concat([
  Buffer.from('0001080006040001020000000001', 'hex'),
  Buffer.from(HOST),
  Buffer.alloc(6),
  Buffer.from(OTHER_HOST),
]);
const EAPOL = Buffer.from('02010000', 'hex');
const PADI = Buffer.from('1109000000040101000000000000', 'hex');

/** An IPv4 packet without its link header. */
const inner = (protocol: number, payload: Buffer, from: readonly number[] = OTHER_HOST): Buffer =>
  ip4(protocol, from, [10, 99, 0, 1], payload).subarray(14);

/** Errors of ICMP from both sides, with the first bytes of a datagram. */
const errors = (size: number, isOfReceiver: boolean): Frame[] =>
  between(1, SERVER, (i) => {
    const receiver = i % 2 === 0 ? SERVER : HOST;
    const quoted = inner(17, noise(1200, i), isOfReceiver ? receiver : [10, 99, 0, 2]).subarray(0, size);
    return Buffer.concat([Buffer.from([3, 3, 0, 0, 0, 0, 0, 0]), quoted]);
  });

async function accounted(name: string, frames: readonly Frame[], workers = 1) {
  const path = join(folder, `${name.replaceAll(/\W/g, '-')}.pcap`);
  writeFileSync(path, writePcap([...frames]));
  const { windows } = await analyze([path], { ...CLAUDE_OPTIONS, workers });
  return accountOf(windows);
}

describe('traffic between a host and a server outside', () => {
  it.each<[string, Frame[], 'lookedInto' | 'harmless' | 'inside' | string]>([
    ['ESP', between(50, SERVER, (i) => noise(700, i)), 'tunnel'],
    [
      'AH around an unknown protocol',
      between(51, SERVER, (i) =>
        Buffer.concat([Buffer.from([253, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, i]), noise(712, i)]),
      ),
      'protocol',
    ],
    ['SCTP', between(132, SERVER, (i) => noise(700, i)), 'protocol'],
    [
      'GRE with an unknown type',
      between(47, SERVER, (i) => Buffer.concat([Buffer.from([0, 0, 0xab, 0xcd]), noise(700, i)])),
      'protocol',
    ],
    [
      'small echoes',
      between(
        1,
        SERVER,
        echo(56, (i) => noise(56, i)),
      ),
      'harmless',
    ],
    [
      'large echoes with a pattern',
      between(
        1,
        SERVER,
        echo(1200, () => Buffer.from(Array.from({ length: 1200 }, (_, i) => i & 255))),
      ),
      'harmless',
    ],
    [
      'large echoes with other bytes',
      between(
        1,
        SERVER,
        echo(700, (i) => noise(700, i)),
      ),
      'protocol',
    ],
    ['errors that quote a packet of their receiver', errors(548, true), 'harmless'],
    ['errors that quote more than an error may', errors(600, true), 'protocol'],
    ['errors that quote a packet of another host', errors(400, false), 'protocol'],
    ['ESP in IP between private addresses', between(4, SERVER, (i) => inner(50, noise(600, i))), 'tunnel'],
    [
      'ESP in GRE between private addresses',
      between(47, SERVER, (i) => Buffer.concat([Buffer.from([0, 0, 8, 0]), inner(50, noise(600, i))])),
      'tunnel',
    ],
    [
      'small echoes in IP',
      between(4, SERVER, (i) => inner(1, echo(56, () => Buffer.alloc(56, 'abc'))(i), [192, 0, 2, 1])),
      'harmless',
    ],
    ['NTP', datagrams(123, SERVER, ntp), 'harmless'],
    ['other datagrams on the port of NTP', datagrams(123, SERVER, (_, i) => noise(300, i)), 'unknown'],
    ['DNS', datagrams(53, SERVER, question(['www', 'example'], 1)), 'lookedInto'],
    ['other datagrams on the port of DNS', datagrams(53, SERVER, (_, i) => noise(300, i)), 'unknown'],
    ['DNS with long names', datagrams(53, SERVER, question(LONG_NAME, 16)), 'dnsTunnel'],
    [
      'DNS with long names, to the own resolver',
      datagrams(53, OTHER_HOST, question(LONG_NAME, 16)),
      'dnsTunnel',
    ],
    [
      'DTLS with parts of a hello',
      datagrams(443, SERVER, (isBack, i) =>
        isBack
          ? Buffer.concat([Buffer.from('17fefd0001000000000000', 'hex'), number(200, 2), noise(200, i)])
          : Buffer.concat([
              Buffer.from('16fefd0000000000000000', 'hex'),
              number(32, 2),
              Buffer.from('010000c8', 'hex'),
              number(i, 2),
              Buffer.from('000014000014', 'hex'),
              noise(20, i),
            ]),
      ),
      'midFlow',
    ],
    ['few bytes of unknown UDP', datagrams(4999, SERVER, (_, i) => noise(60, i)), 'unknown'],
    ['unknown UDP between local hosts', datagrams(4999, OTHER_HOST, (_, i) => noise(600, i)), 'inside'],
    ['ESP between local hosts', between(50, OTHER_HOST, (i) => noise(600, i)), 'inside'],
    [
      'UDP to a group',
      talk((_, i) => ip4(17, HOST, [239, 1, 2, 3], udp(5000, 5000, noise(600, i)))),
      'inside',
    ],
    [
      'encrypted frames of MACsec',
      talk((_, i) => ethernet(0x88e5, Buffer.concat([Buffer.from('2c0000000001', 'hex'), noise(700, i)]))),
      'tunnel',
    ],
    ['ARP', talk(() => ethernet(0x0806, ARP)), 'harmless'],
    ['EAPOL', talk(() => ethernet(0x888e, EAPOL)), 'harmless'],
    ['PPPoE discovery', talk(() => ethernet(0x8863, PADI)), 'harmless'],
    ...[0x0806, 0x8035, 0x8863, 0x888e].map((type): [string, Frame[], string] => [
      `other bytes with EtherType ${type.toString(16)}`,
      talk((_, i) => ethernet(type, noise(700, i))),
      'protocol',
    ]),
    ...[ARP, EAPOL].map((message, at): [string, Frame[], string] => [
      `link messages with other bytes behind them, ${at}`,
      talk((_, i) => ethernet(at === 0 ? 0x0806 : 0x888e, Buffer.concat([message, noise(200, i)]))),
      'protocol',
    ]),
    [
      'fragments without an end',
      talk((_, i) => {
        const frame = ip4(17, HOST, SERVER, noise(640, i));
        frame.writeUInt16BE(0x2000, 20);
        frame.writeUInt16BE(i, 18);
        frame.writeUInt16BE(0, 24);
        let sum = 0;
        for (let at = 14; at < 34; at += 2) sum += frame.readUInt16BE(at);
        frame.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 24);
        return frame;
      }),
      'damaged',
    ],
  ])('of %s is counted in its class', async (name, frames, expected) => {
    const wire = frames.reduce((sum, { wireLength }) => sum + wireLength, 0);
    const isClass = expected === 'lookedInto' || expected === 'harmless' || expected === 'inside';
    const sums = { lookedInto: 0, harmless: 0, inside: 0, hidden: isClass ? {} : { [expected]: wire } };
    expect(await accounted(name, frames)).toEqual(isClass ? { ...sums, [expected]: wire } : sums);
  });
});

describe('IPsec on the port of its NAT traversal', () => {
  const answer = (name: string): Frame => {
    const labels = dnsName(name.split('.'));
    const message = Buffer.concat([
      Buffer.from([1, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]),
      labels,
      Buffer.from([0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...SERVER]),
    ]);
    const bytes = ip4(17, OTHER_HOST, HOST, udp(53, 41_000, message));
    return { timeUs: START_US - 1_000_000, wireLength: bytes.length, bytes };
  };
  // RFC 3948: four zero bytes and IKE, then ESP.
  const ike = Buffer.concat([
    Buffer.alloc(4),
    noise(16, 1),
    Buffer.from('2120220800000000000000dc', 'hex'),
    noise(192, 2),
  ]);
  const ipsec = datagrams(4500, SERVER, (_, i) =>
    i < 2 ? ike : Buffer.concat([number(7, 4), number(i, 4), noise(600, i)]),
  );
  it.each([
    ['epdg.epc.mnc001.mcc262.pub.3gppnetwork.org', 'wifiCalling'],
    ['vpn.example.net', 'tunnel'],
    ['epdg.epc.mnc001.mcc262.pub.3gppnetwork.org.example.net', 'tunnel'],
  ])('to %s is hidden as %s', async (name, kind) => {
    const wire = ipsec.reduce((sum, { wireLength }) => sum + wireLength, 0);
    for (const workers of [1, 2]) {
      const { hidden } = await accounted(`${name} ${workers}`, [answer(name), ...ipsec], workers);
      expect(hidden).toEqual({ [kind]: wire });
    }
  });
});

describe('protocols without ports to a gateway inside', () => {
  it.each([
    ['ESP', 50, ['tunnel ipsec 6340']],
    ['PIM', 103, []],
  ])('of %s', async (name, protocol, tunnels) => {
    const path = join(folder, `inside-${protocol}.pcap`);
    writeFileSync(path, writePcap([...between(protocol, OTHER_HOST, (i) => noise(600, i))]));
    const { windows } = await analyze([path], { ...CLAUDE_OPTIONS, workers: 1 });
    for (const host of [HOST, OTHER_HOST]) {
      const own = windows.flatMap(({ hosts }) => hosts.filter((one) => one.host === host.join('.')));
      const parts = own.flatMap(({ notVisible }) => notVisible);
      expect([name, parts.map(({ kind, hint, bytes }) => `${kind} ${hint} ${bytes}`)]).toEqual([
        name,
        tunnels,
      ]);
    }
  });
});

describe('answers to echoes', () => {
  const half = 10 * (14 + 20 + 8 + 56);
  it.each<[string, (exchange: number, i: number) => Buffer, number]>([
    ['the bytes of the request', (exchange) => noise(56, exchange), 0],
    ['other bytes', (_, i) => noise(56, i), half],
    ['other bytes of a pattern', (_, i) => Buffer.alloc(56, i % 2 === 0 ? noise(3, i) : 'abcdefg'), 0],
  ])('with %s', async (name, fill, hidden) => {
    const frames = between(1, SERVER, echo(56, fill));
    for (const workers of [1, 3]) {
      expect(await accounted(`answers-${name}`, frames, workers)).toEqual({
        ...{ lookedInto: 0, harmless: 2 * half - hidden, inside: 0 },
        hidden: hidden === 0 ? {} : { protocol: hidden },
      });
    }
  });
});

describe('a tunnel to the outside', () => {
  const [ELSEWHERE, FAR] = [
    [172, 31, 0, 9],
    [192, 0, 2, 9],
  ];
  const within = (content: (i: number) => Buffer) =>
    between(47, SERVER, (i) => Buffer.concat([Buffer.from([0, 0, 8, 0]), content(i)]));
  const bytesOf = (frames: readonly Frame[]) => frames.reduce((sum, { wireLength }) => sum + wireLength, 0);
  async function hiddenByHost(name: string, frames: readonly Frame[]): Promise<Record<string, number>> {
    const path = join(folder, `${name.replaceAll(/\W/g, '-')}.pcap`);
    writeFileSync(path, writePcap([...frames]));
    const { windows } = await analyze([path], { ...CLAUDE_OPTIONS, workers: 1 });
    const sums: Record<string, number> = {};
    for (const { host, hidden } of windows.flatMap(({ account }) => [...(account ?? [])])) {
      for (const { bytes } of hidden) sums[host] = (sums[host] ?? 0) + bytes;
    }
    return sums;
  }

  it('with fragments of other addresses is hidden traffic of its host', async () => {
    const frames = within((i) => {
      const packet = ip4(17, i % 2 === 0 ? ELSEWHERE : FAR, FAR, noise(640, i)).subarray(14);
      packet.writeUInt16BE(0x2000, 6);
      packet.writeUInt16BE(i, 4);
      return packet;
    });
    expect(await hiddenByHost('inner fragments', frames)).toEqual({ '10.20.1.5': bytesOf(frames) });
  });

  it('with unknown datagrams of another address counts for every host', async () => {
    const frames = within((i) => {
      const [from, to] = i % 2 === 0 ? [ELSEWHERE, FAR] : [FAR, ELSEWHERE];
      return ip4(
        17,
        from,
        to,
        udp(i % 2 === 0 ? 40_000 : 4999, i % 2 === 0 ? 4999 : 40_000, noise(640, i)),
      ).subarray(14);
    });
    expect(await hiddenByHost('inner datagrams', frames)).toEqual({ '': bytesOf(frames) });
  });

  it('with unknown datagrams of its own address counts for its host', async () => {
    const frames = within((i) => {
      const [from, to] = i % 2 === 0 ? [HOST, FAR] : [FAR, HOST];
      return ip4(
        17,
        from,
        to,
        udp(i % 2 === 0 ? 40_000 : 4999, i % 2 === 0 ? 4999 : 40_000, noise(640, i)),
      ).subarray(14);
    });
    expect(await hiddenByHost('own datagrams', frames)).toEqual({ '10.20.1.5': bytesOf(frames) });
  });
});

describe('bytes behind a datagram', () => {
  it.each([
    [60, 0],
    [64, 0],
    [700, 636],
  ])('%i: they are damage beyond padding', async (size, damaged) => {
    const plain = datagrams(123, SERVER, ntp);
    const frames = plain.map((frame, i) => {
      const bytes = Buffer.concat([frame.bytes, noise(size, i)]);
      return { ...frame, bytes, wireLength: bytes.length };
    });
    const wire = frames.reduce((sum, { wireLength }) => sum + wireLength, 0);
    const hidden = damaged * frames.length;
    for (const workers of [1, 3]) {
      expect(await accounted(`trailer-${size}`, frames, workers)).toEqual({
        ...{ lookedInto: 0, harmless: wire - hidden, inside: 0 },
        hidden: hidden === 0 ? {} : { damaged: hidden },
      });
    }
  });
});

describe('DNS names', () => {
  interface Asked {
    readonly name: string;
    readonly type?: number;
    readonly text?: Buffer;
    readonly at?: number;
  }
  /** Each question and its answer, `perPort` on one port of the client. */
  function conversation(resolver: readonly number[], asked: readonly Asked[], perPort: number): Frame[] {
    return asked.flatMap(({ name, type = 1, text, at }, i) => {
      const port = 20_000 + Math.floor(i / perPort);
      const question = Buffer.concat([dnsName(name.split('.')), number(type, 2), number(1, 2)]);
      const answer =
        text === undefined
          ? Buffer.concat([Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7])])
          : Buffer.concat([
              Buffer.from([0xc0, 12]),
              number(type, 2),
              Buffer.from([0, 1, 0, 0, 0, 0]),
              number(text.length + 1, 2),
              number(text.length, 1),
              text,
            ]);
      const message = (flags: number, answers: number, rest: Buffer[]) =>
        Buffer.concat([
          number(i & 0xffff, 2),
          number(flags, 2),
          number(1, 2),
          number(answers, 2),
          number(0, 4),
          ...rest,
        ]);
      const frames = [
        ip4(17, HOST, resolver, udp(port, 53, message(0x0100, 0, [question]))),
        ip4(17, resolver, HOST, udp(53, port, message(0x8180, 1, [question, answer]))),
      ];
      const timeUs = START_US + (at ?? i * 100_000);
      return frames.map((bytes, back) => ({ timeUs: timeUs + back * 1000, wireLength: bytes.length, bytes }));
    });
  }
  const hex = (length: number, i: number) =>
    noise(Math.ceil(length / 2), i)
      .toString('hex')
      .slice(0, length);
  const many = (count: number, made: (i: number) => Asked) =>
    Array.from({ length: count }, (_, i) => made(i));
  const RESOLVER = OTHER_HOST;
  const SITES = ['www', 'cdn', 'static', 'img', 'api'];

  it.each<[string, readonly number[], Asked[]]>([
    [
      'TXT through the resolver',
      RESOLVER,
      many(400, (i) => ({ name: `${hex(48, i)}.t.example`, type: 16, text: noise(90, i) })),
    ],
    [
      'TXT to another server',
      SERVER,
      many(400, (i) => ({ name: `${hex(40, i)}.t.example`, type: 16, text: noise(60, i) })),
    ],
    ['addresses', RESOLVER, many(400, (i) => ({ name: `${hex(60, i)}.t.example.co.uk` }))],
    [
      'several labels',
      RESOLVER,
      many(300, (i) => ({ name: `${hex(20, i)}.${hex(20, i + 999)}.${i}.t.example` })),
    ],
    ['mail exchangers', SERVER, many(500, (i) => ({ name: `${hex(32, i)}.t.example`, type: 15 }))],
    [
      'one name with ever new texts',
      RESOLVER,
      many(200, (i) => ({ name: 'poll.t.example', type: 16, text: noise(120, i) })),
    ],
    [
      'short names with texts',
      RESOLVER,
      many(200, (i) => ({ name: `${i}.t.example`, type: 16, text: noise(200, i) })),
    ],
  ])('that carry more than names need are hidden: %s', async (name, resolver, asked) => {
    for (const perPort of [1, 7, 1000]) {
      const frames = conversation(resolver, asked, perPort);
      const wire = frames.reduce((sum, { wireLength }) => sum + wireLength, 0);
      const one = await accounted(`zones-${name}-${perPort}`, frames);
      expect(totalOf(one)).toBe(wire);
      expect(one.hidden.dnsTunnel ?? 0).toBeGreaterThan(0.95 * wire);
      expect(await accounted(`zones-${name}-${perPort}`, frames, 3)).toEqual(one);
    }
  });

  it.each<[string, Asked[]]>([
    ['of many sites', many(900, (i) => ({ name: `${SITES[i % 5]}.${hex(9, i >> 2)}.example` }))],
    ['of one network of content', many(250, (i) => ({ name: `d${hex(13, i)}.cloudfront.example` }))],
    ['again and again', many(2000, (i) => ({ name: `${hex(40, i % 12)}.service.example` }))],
    ['of addresses', many(600, (i) => ({ name: `${i % 250}.${i >> 3}.20.10.in-addr.arpa`, type: 12 }))],
    [
      'of mail domains',
      many(120, (i) => ({ name: `_spf.${hex(8, i)}.example`, type: 16, text: noise(200, i) })),
    ],
    ['a few long ones', many(40, (i) => ({ name: `${hex(60, i)}.reputation.example` }))],
    ['slowly', many(120, (i) => ({ name: `${hex(60, i)}.t.example`, at: i * 60_000_000 }))],
  ])('that name hosts are looked into: %s', async (name, asked) => {
    const frames = conversation(RESOLVER, asked, 1);
    const wire = frames.reduce((sum, { wireLength }) => sum + wireLength, 0);
    expect(await accounted(`names-${name}`, frames)).toEqual({
      ...{ lookedInto: wire, harmless: 0, inside: 0, hidden: {} },
    });
  });
});

describe('QUIC without its start', () => {
  const WINDOW_US = 60_000_000;
  const recorded = readPcap(
    gunzipSync(readFileSync('captures/recordings/base-chromium-quic-claude.ai.pcap.gz')),
  );
  const HTTPS = 443;
  const isDatagram = ({ bytes }: Frame) => bytes.readUInt16BE(12) === 0x0800 && bytes[23] === 17;
  const serverAt = ({ bytes }: Frame) => (bytes.readUInt16BE(34) === HTTPS ? 34 : 36);
  const quic = recorded.filter(
    (frame) => isDatagram(frame) && frame.bytes.readUInt16BE(serverAt(frame)) === HTTPS,
  );
  /** Of a connection that goes on from another port of the client, whose Initial was not captured. */
  const goingOn = quic.filter(({ bytes }) => ((bytes[42] ?? 0) & 0x80) === 0);
  const later = goingOn.slice(goingOn.findIndex((frame) => serverAt(frame) === 36)).map((frame): Frame => {
    const bytes = Buffer.from(frame.bytes);
    bytes.writeUInt16BE(50_555, serverAt(frame) === 34 ? 36 : 34);
    bytes.writeUInt16BE(0, 40);
    return { ...frame, bytes };
  });
  const shifted = (frames: readonly Frame[], byUs: number, change?: (bytes: Buffer) => void) =>
    frames.map((frame): Frame => {
      const bytes = Buffer.from(frame.bytes);
      change?.(bytes);
      return { ...frame, timeUs: frame.timeUs + byUs, bytes };
    });
  const onPort = (port: number) => (bytes: Buffer) => {
    bytes.writeUInt16BE(port, bytes.readUInt16BE(34) === HTTPS ? 34 : 36);
    bytes.writeUInt16BE(0, 40);
  };
  const toServer = (bytes: Buffer) => {
    const at = bytes.readUInt16BE(34) === HTTPS ? 26 : 30;
    bytes.set([203, 0, 113, 77], at);
    bytes.writeUInt16BE(0, 40);
    bytes.writeUInt16BE(0, 24);
    let sum = 0;
    for (let word = 14; word < 34; word += 2) sum += bytes.readUInt16BE(word);
    sum = (sum & 0xffff) + (sum >>> 16);
    bytes.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 24);
  };
  const bytesOf = (frames: readonly Frame[]) => frames.reduce((sum, { wireLength }) => sum + wireLength, 0);
  const inOrder = (...parts: Frame[][]) => parts.flat().sort((a, b) => a.timeUs - b.timeUs);
  const listed = CLAUDE_OPTIONS;
  const unlisted = {
    ...CLAUDE_OPTIONS,
    lookup: { ...CLAUDE_OPTIONS.lookup, isListed: () => false },
    watchlist: { ...CLAUDE_OPTIONS.watchlist, names: [] },
  };

  it.each<[string, boolean, Frame[]]>([
    ['in the same minute', true, inOrder(quic, shifted(later, 10_000_000))],
    ['four minutes later', true, inOrder(quic, shifted(later, 4 * WINDOW_US))],
    ['four minutes before', true, inOrder(quic, shifted(later, -4 * WINDOW_US))],
    ['ten minutes later', false, inOrder(quic, shifted(later, 10 * WINDOW_US))],
    ['ten minutes before', false, inOrder(quic, shifted(later, -10 * WINDOW_US))],
    ['to another port', false, inOrder(quic, shifted(later, WINDOW_US, onPort(8443)))],
    [
      'on a port of its own',
      true,
      inOrder(shifted(quic, 0, onPort(8443)), shifted(later, WINDOW_US, onPort(8443))),
    ],
    [
      'to another server',
      false,
      inOrder(
        quic,
        shifted(later, WINDOW_US, (bytes) => toServer(bytes)),
      ),
    ],
    ['alone', false, later],
  ])('%s: is it looked into: %s', async (name, isKnown, frames) => {
    const path = join(folder, `quic-${name.replaceAll(' ', '-')}.pcap`);
    writeFileSync(path, writePcap(frames));
    for (const options of [listed, unlisted]) {
      const accounts = [];
      for (const workers of [1, 2]) {
        const { windows } = await analyze([path], { ...options, workers });
        const account = accountOf(windows);
        expect(totalOf(account)).toBe(bytesOf(frames));
        const hidden = Object.values(account.hidden).reduce((sum, bytes) => sum + bytes, 0);
        expect(hidden).toBe(isKnown ? 0 : bytesOf(later));
        expect(accountTotal(buildAccounts(windows).values()).account?.hidden).toBe(hidden);
        const notVisible = windows.flatMap(({ hosts }) => hosts.flatMap((host) => host.notVisible));
        expect(notVisible.length > 0).toBe(!isKnown);
        accounts.push(account);
      }
      expect(accounts[1]).toEqual(accounts[0]);
    }
  });
});

describe('a recording', () => {
  const recordings = readdirSync('captures/recordings').filter((name) => name.endsWith('.pcap.gz'));
  it.each(recordings.filter((_, i) => i % 6 === 0))(
    '%s: the classes sum to its bytes, with any workers',
    async (name) => {
      const accounts = [];
      for (const workers of [1, 3]) {
        const { windows, captures } = await analyze([`captures/recordings/${name}`], {
          ...CLAUDE_OPTIONS,
          workers,
        });
        const account = accountOf(windows);
        const wire = captures.reduce((sum, { bytes }) => sum + bytes, 0);
        expect(totalOf(account)).toBe(wire);
        expect(accountTotal(buildAccounts(windows).values()).account).toEqual({
          wireBytes: wire,
          ...{ lookedInto: account.lookedInto, harmless: account.harmless, inside: account.inside },
          hidden: Object.values(account.hidden).reduce((sum, bytes) => sum + bytes, 0),
        });
        accounts.push(account);
      }
      expect(accounts[1]).toEqual(accounts[0]);
    },
  );
});

describe('other bytes behind a ServerHello', () => {
  const [key, session] = [noise(32, 2), noise(32, 3)];
  const sized = (bytes: number, ...parts: readonly Buffer[]): Buffer =>
    Buffer.concat([
      number(
        parts.reduce((sum, { length }) => sum + length, 0),
        bytes,
      ),
      ...parts,
    ]);
  const extension = (type: number, ...parts: readonly Buffer[]): Buffer =>
    Buffer.concat([number(type, 2), sized(2, ...parts)]);
  const handshake = (type: number, ...parts: readonly Buffer[]): Buffer =>
    Buffer.concat([Buffer.from([22, 3, 3]), sized(2, number(type, 1), sized(3, ...parts))]);
  const begin = Buffer.concat([number(0x0303, 2), noise(32, 4), sized(1, session)]);
  const hello = handshake(
    ...([1, begin, sized(2, number(0x1301, 2)), Buffer.from([1, 0])] as const),
    sized(
      2,
      extension(0, sized(2, number(0, 1), sized(2, Buffer.from('www.example.com')))),
      extension(0x2b, sized(1, number(0x0304, 2))),
      extension(0x0a, sized(2, number(0x1d, 2))),
      extension(0x33, sized(2, number(0x1d, 2), sized(2, key))),
    ),
  );
  const share = extension(0x33, number(0x1d, 2), sized(2, key));
  const version = extension(0x2b, number(0x0304, 2));
  const answer = Buffer.concat([
    handshake(2, begin, Buffer.from([0x13, 1, 0]), sized(2, version, share)),
    ...[Buffer.from('140303000101170303', 'hex'), sized(2, noise(900, 5)), noise(310, 6)],
  ]);

  function conversation(port: number, startUs: number): Frame[] {
    const client = { mac: Buffer.from('020000000001', 'hex'), address: Buffer.from(HOST), port };
    const server = { mac: Buffer.from('020000000002', 'hex'), address: Buffer.from(SERVER), port: 443 };
    const next = { up: 1000, down: 9000 };
    const frame = (isUp: boolean, flags: number, afterMs: number, payload?: Buffer): Frame => {
      const [from, to] = isUp ? [client, server] : [server, client];
      const [own, other] = isUp ? (['up', 'down'] as const) : (['down', 'up'] as const);
      const acknowledgement = (flags & FLAGS.ack) === 0 ? 0 : next[other];
      const bytes = tcpPacket(from, to, {
        flags,
        sequence: next[own],
        acknowledgement,
        ...(payload && { payload }),
      });
      next[own] += (payload?.length ?? 0) + ((flags & (FLAGS.syn | FLAGS.fin)) === 0 ? 0 : 1);
      return frameOf(startUs + afterMs * 1000, bytes);
    };
    const { syn, ack, fin, push } = FLAGS;
    const record = applicationData(40);
    return [
      ...[frame(true, syn, 0), frame(false, syn | ack, 15), frame(true, ack, 16)],
      ...[frame(true, push | ack, 17, hello), frame(false, push | ack, 33, answer)],
      ...[frame(true, push | ack, 34, record), frame(false, push | ack, 51, record)],
      ...[frame(true, fin | ack, 60), frame(false, fin | ack, 75), frame(true, ack, 86)],
    ];
  }

  // Some slices are cut between the handshake and the end of a connection.
  it.each([1, 3])('are hidden in each of many connections, with %i workers', async (workers) => {
    const frames = Array.from({ length: 400 }, (_, i) => conversation(20_000 + i, START_US + i * 997_000));
    const account = await accounted(`misread ${workers}`, frames.flat(), workers);
    expect([account.lookedInto, account.inside, Object.keys(account.hidden)]).toEqual([0, 0, ['unknown']]);
  });
});
