// Both sides of the border interpret the bytes of a batch identically.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FLOW_ENDS } from '../../../src/model/flow.ts';
import { SERVICE_SIGNS } from '../../../src/model/service-signs.ts';
import { EXCHANGE_FLAGS } from '../../../src/model/usage.ts';
import { APP_HINTS, ECH_SEEN, PROXY_KINDS, TRANSPORTS } from '../../../src/model/window-words.ts';
import { loadAddon } from '../../../src/native/addon.ts';
import { hexText, macText } from '../../../src/native/byte-text.ts';
import * as layout from '../../../src/native/record-layout.ts';
import {
  alpnList,
  CLIENT_KNOWN_BY,
  OBSERVATION_SOURCES,
  readU64,
  readUs,
} from '../../../src/native/record-values.ts';
import { ip4Text, ip6Text } from '../../../src/net/address.ts';
import { RecordReader, type RecordVisitor } from '../../record-reader.ts';

const RECORDS = {
  BatchHeader: layout.BATCH,
  RecordHeader: layout.RECORD,
  FlowRecord: layout.FLOW,
  HelloRecord: layout.HELLO,
  DnsRecord: layout.DNS,
  HostObservationRecord: layout.HOST_OBSERVATION,
  ExchangeRecord: layout.EXCHANGE,
  CaptureRecord: layout.CAPTURE,
  CountersRecord: layout.COUNTERS,
  HostTotalsRecord: layout.HOST_TOTALS,
  ServiceRecord: layout.SERVICE,
  OutcomeRecord: layout.OUTCOME,
};

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

describe('the layout of records', () => {
  it('is generated from the header of the native core', () => {
    execFileSync(process.execPath, ['tools/record-layout.mjs', '--check']);
  });

  it('names the signs of services by their numbers', () => {
    expect(SERVICE_SIGNS).toEqual(Object.keys(layout.SERVICE_SIGN));
    expect(Object.values(layout.SERVICE_SIGN)).toEqual(SERVICE_SIGNS.map((_, number) => number));
  });

  it('is that of the core and of its sources', () => {
    const printed = execFileSync(process.execPath, ['native-bindings/border-digest.mjs'], {
      encoding: 'utf8',
    });
    expect(Number(printed)).toBe(layout.BORDER);
    expect(loadAddon().border).toBe(layout.BORDER);
  });

  it('has the same fields at the same offsets as the native core', () => {
    const native: Record<string, number> = {};
    for (const [name, offset] of Object.entries(loadAddon().layout())) {
      const [record = ''] = name.split('.');
      if (record in RECORDS && !/\.(header|reserved2?)$/.test(name)) native[camel(name)] = offset;
    }
    const ours: Record<string, number> = {};
    for (const [record, fields] of Object.entries(RECORDS)) {
      for (const [field, offset] of Object.entries(fields)) ours[`${record}.${field}`] = offset;
    }
    expect(ours).toEqual(native);
  });
});

const HEADER = readFileSync('native-bindings/src/base/event.h', 'utf8').replace(/\/\/.*/g, '');

/** The members of an enum of event.h by name, without their common prefix. */
function enumOf(name: string, prefix: string): Record<string, number> {
  const body = new RegExp(`enum (?:class )?${name} : \\w+ \\{([^}]*)\\}`).exec(HEADER)?.[1] ?? '';
  const members = [...body.matchAll(/k(\w+) = (\d+)(?: << (\d+))?/g)];
  return Object.fromEntries(
    members.map(([, member = '', value, shift = '0']) => {
      const word = member.slice(prefix.length);
      const ours = word === 'ProxyProtocol' ? 'proxy' : word.charAt(0).toLowerCase() + word.slice(1);
      return [ours, Number(value) << Number(shift)];
    }),
  );
}

describe('flags and words of records', () => {
  it.each([
    ['FlowFlags', 'Flow', layout.FLOW_FLAGS],
    ['HelloFlags', 'Hello', layout.HELLO_FLAGS],
    ['DnsFlags', 'Dns', layout.DNS_FLAGS],
    ['ObservationFlags', 'Observation', layout.OBSERVATION_FLAGS],
    ['CaptureFlags', 'Capture', layout.CAPTURE_FLAGS],
    ['ExchangeFlags', 'Exchange', EXCHANGE_FLAGS],
  ])('are the bits of %s', (name, prefix, ours) => {
    expect(ours).toEqual(enumOf(name, prefix));
  });

  it.each([
    ['FlowEnd', FLOW_ENDS, 0],
    ['AppHint', APP_HINTS, 0],
    // Another form of the extension has a number of its own, and the word of the first.
    ['Ech', [...ECH_SEEN, 'otherForm'], 0],
    ['ClientKnownBy', CLIENT_KNOWN_BY, 0],
    ['HelloTransport', TRANSPORTS, 1],
    ['ProxyKind', ['none', ...PROXY_KINDS], 0],
    ['ObservationSource', OBSERVATION_SOURCES.slice(1), 1],
  ])('stand in the order of %s', (name, own, first) => {
    const native = Object.entries(enumOf(name, '')).map(([word, number]) => [word.toLowerCase(), number]);
    const ours = own.map((word, i) => [word.toLowerCase(), i + first]);
    expect(ours).toEqual(native);
  });
});

describe('values of records', () => {
  it.each([
    ['zero', 0n, 0],
    ['one microsecond less one nanosecond', 999n, 0],
    ['now', 1_795_170_581_123_456_789n, 1_795_170_581_123_456],
    ['far away', 4_611_686_018_427_387_904n, 4_611_686_018_427_387],
    ['before 1970', -1n, -1],
  ])('reads nanoseconds as microseconds: %s', (_name, nanoseconds, expected) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, nanoseconds, true);
    expect(readUs(view, 0)).toBe(expected);
  });

  it('reads numbers up to 2^53', () => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, 9_007_199_254_740_991n, true);
    expect(readU64(view, 0)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['fe800000000000000000000000000000', 'fe80::'],
    ['00010002000300040005000600070000', '1:2:3:4:5:6:7:0'],
    ['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
    ['abcdef0123456789abcdef0123456789', 'abcd:ef01:2345:6789:abcd:ef01:2345:6789'],
  ])('writes %s as RFC 5952 says: %s', (hex, expected) => {
    expect(ip6Text(Buffer.from(hex, 'hex'), 0)).toBe(expected);
  });

  it('writes IPv4 addresses, MACs and hex', () => {
    expect(ip4Text(Uint8Array.of(0, 10, 0, 255, 1), 1)).toBe('10.0.255.1');
    expect(macText(Uint8Array.of(2, 0, 0xab, 0, 0, 1), 0)).toBe('02:00:ab:00:00:01');
    expect(macText(new Uint8Array(6), 0)).toBeNull();
    expect(hexText(Uint8Array.of(0, 255, 16), 0, 3)).toBe('00ff10');
  });

  it('leaves out an ALPN name that runs over the end', () => {
    const bytes = Buffer.from('\x02h2\x08http/1.1\x05ab', 'latin1');
    expect(alpnList(bytes, 0, bytes.length)).toEqual(['h2', 'http/1.1']);
  });
});

/** A batch with one record: fields by offset, then the tail. */
function batchOf(
  type: number,
  size: number,
  tail: Buffer,
  fill: (view: DataView, at: number) => void,
): Uint8Array<ArrayBuffer> {
  const length = (size + tail.length + 7) & ~7;
  const bytes = new Uint8Array(layout.BATCH.size + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(layout.BATCH.magic, 0x42455457, true);
  view.setUint16(layout.BATCH.layoutVersion, layout.LAYOUT_VERSION, true);
  view.setUint32(layout.BATCH.recordCount, 1, true);
  view.setUint32(layout.BATCH.length, bytes.length, true);
  view.setBigInt64(layout.BATCH.clockNs, 5_000n, true);
  const at = layout.BATCH.size;
  view.setUint16(at + layout.RECORD.type, type, true);
  view.setUint32(at + layout.RECORD.length, length, true);
  fill(view, at);
  bytes.set(tail, at + size);
  return bytes;
}

function readOne(batch: Uint8Array<ArrayBuffer>, visitor: RecordVisitor): number {
  return new RecordReader(['tcp.short', 'udp.short']).read(batch, batch.length, visitor);
}

describe('RecordReader', () => {
  it('reads a flow with all its tails', () => {
    const tail = Buffer.from(
      'api.example.com\x02h2proxy:3128gre/vxlan\x07\x00\x08\x00claude-cli/1.0',
      'latin1',
    );
    const batch = batchOf(1, layout.FLOW.size, tail, (view, at) => {
      view.setUint16(at + layout.RECORD.flags, 0x1007, true);
      view.setUint8(at + layout.FLOW.ipVersion, 4);
      view.setUint8(at + layout.FLOW.protocol, 17);
      view.setUint8(at + layout.FLOW.clientAddress, 10);
      view.setUint16(at + layout.FLOW.serverPort, 443, true);
      view.setUint8(at + layout.FLOW.ja4, 0x71);
      view.setUint8(at + layout.FLOW.proxyKind, 1);
      view.setUint8(at + layout.FLOW.endReason, 2);
      view.setUint16(at + layout.FLOW.sniLength, 15, true);
      view.setUint16(at + layout.FLOW.alpnLength, 3, true);
      view.setUint16(at + layout.FLOW.proxyLength, 10, true);
      view.setUint16(at + layout.FLOW.tunnelLength, 9, true);
      view.setUint16(at + layout.FLOW.vlanLength, 4, true);
      view.setUint16(at + layout.FLOW.userAgentLength, 14, true);
      view.setBigUint64(at + layout.FLOW.helloHash, 0x0123456789abcdefn, true);
    });
    const clockUs = readOne(batch, {
      onFlow: (flow) =>
        expect(flow).toMatchObject({
          isFirstSlice: true,
          isLastSlice: true,
          synSeen: true,
          isMidFlow: false,
          client: '10.0.0.0',
          server: '0.0.0.0',
          clientMac: null,
          serverPort: 443,
          protocol: 'udp',
          end: 'fin',
          sni: 'api.example.com',
          proxy: { kind: 'connect', target: 'proxy:3128' },
          tunnel: ['gre', 'vxlan'],
          vlans: [7, 8],
          userAgent: 'claude-cli/1.0',
          hello: { transport: 'quic', ja4: 'q', alpn: ['h2'], ech: 'none' },
          helloHash: '0123456789abcdef',
          isAnswered: false,
          isContradicted: false,
          isJoined: false,
          multipathToken: 0,
          isParsed: false,
          otherSni: null,
        }),
    });
    expect(clockUs).toBe(5);
    expect.assertions(2);
  });

  it('reads a flow without a hello as one', () => {
    readOne(
      batchOf(1, layout.FLOW.size, Buffer.alloc(0), (view, at) =>
        view.setUint8(at + layout.FLOW.ipVersion, 6),
      ),
      {
        onFlow: (flow) =>
          expect(flow).toMatchObject({
            client: '::',
            hello: null,
            helloUs: null,
            sni: null,
            proxy: null,
            userAgent: null,
            helloHash: null,
            isAnswered: false,
            isContradicted: false,
            isJoined: false,
            multipathToken: 0,
            isParsed: false,
            otherSni: null,
            tunnel: [],
            vlans: [],
          }),
      },
    );
    expect.assertions(1);
  });

  it('reads DNS answers with their addresses and aliases', () => {
    const tail = Buffer.concat([
      Buffer.from('a.testb.test\0c.test', 'latin1'),
      Buffer.from('c0000201c0000202', 'hex'),
      Buffer.from('20010db8000000000000000000000001', 'hex'),
    ]);
    const batch = batchOf(3, layout.DNS.size, tail, (view, at) => {
      view.setUint16(at + layout.RECORD.flags, 3, true);
      view.setUint8(at + layout.DNS.ipVersion, 4);
      view.setUint16(at + layout.DNS.nameLength, 6, true);
      view.setUint16(at + layout.DNS.cnamesLength, 13, true);
      view.setUint16(at + layout.DNS.aLength, 8, true);
      view.setUint16(at + layout.DNS.aaaaLength, 16, true);
    });
    readOne(batch, {
      onDns: (message) =>
        expect(message).toMatchObject({
          isResponse: true,
          offersEch: true,
          overTcp: false,
          name: 'a.test',
          cnames: ['b.test', 'c.test'],
          addresses: ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
        }),
    });
    expect.assertions(1);
  });

  it('names the counters of malformed packets', () => {
    const tail = Buffer.alloc(16);
    tail.writeUInt32LE(1, 0);
    tail.writeUInt32LE(7, 8);
    const batch = batchOf(7, layout.COUNTERS.size, tail, (view, at) =>
      view.setUint32(at + layout.COUNTERS.malformedCount, 1, true),
    );
    readOne(batch, { onCounters: (counters) => expect(counters.malformed).toEqual({ 'udp.short': 7 }) });
    expect.assertions(1);
  });

  it('skips records without a callback', () => {
    const batch = batchOf(5, layout.EXCHANGE.size, Buffer.alloc(0), () => undefined);
    expect(readOne(batch, {})).toBe(5);
  });

  it.each([
    ['other bytes', (view: DataView) => view.setUint32(0, 1, true), 'not a batch'],
    [
      'another layout',
      (view: DataView) => view.setUint16(layout.BATCH.layoutVersion, 1, true),
      'another version',
    ],
  ])('refuses %s', (_name, spoil, message) => {
    const batch = batchOf(5, layout.EXCHANGE.size, Buffer.alloc(0), () => undefined);
    spoil(new DataView(batch.buffer));
    expect(() => readOne(batch, {})).toThrow(message);
  });
});
