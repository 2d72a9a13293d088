// Captures that do not have all packets, or not as they were, prove nothing: their windows carry the reason.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Frame, readPcap, writePcap } from '../../../../captures/pcap.ts';
import type { AnalyzeOptions } from '../../../../src/model/sensor.ts';
import type { UsageWindow } from '../../../../src/model/usage.ts';
import { analyze } from '../../../../src/reading/captures/analyze-captures.ts';
import { decodeWindows, encodeWindow } from '../../../../src/window/codec.ts';
import { isSampled } from '../../../../src/window/flaws.ts';
import { mergeWindows } from '../../../../src/window/merge-windows.ts';
import { holdsPseudonymsAlone, pseudonymizeWindows } from '../../../../src/window/pseudonymize-windows.ts';
import { unionFlaws } from '../../../../src/window/sums.ts';
import { CLAUDE_OPTIONS } from '../../../property/claude-options.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('flaws');

const recorded = (name: string): Frame[] =>
  readPcap(gunzipSync(readFileSync(`captures/recordings/${name}.pcap.gz`)));
const WHOLE = recorded('claude-code-2.1.197-multiturn');

async function read(frames: readonly Frame[], options: Partial<AnalyzeOptions> = {}) {
  const path = join(folder, 'capture.pcap');
  writeFileSync(path, writePcap([...frames]));
  return analyze([path], { ...CLAUDE_OPTIONS, ...options });
}

const every = (n: number): Frame[] => WHOLE.filter((_, i) => i % n === 0);

/** Packets that a broker passes: the first of each connection, and those with FIN or RST. */
function firstOfEach(n: number, passesEnds = false): Frame[] {
  const counts = new Map<string, number>();
  return WHOLE.filter(({ bytes }) => {
    if (bytes.readUInt16BE(12) !== 0x0800 || bytes[23] !== 6) return true;
    const tcp = 14 + ((bytes[14] ?? 0) & 15) * 4;
    const key = [bytes.readUInt16BE(tcp), bytes.readUInt16BE(tcp + 2)].sort((a, b) => a - b).join();
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= n || (passesEnds && ((bytes[tcp + 13] ?? 0) & 5) !== 0);
  });
}

interface InterfaceCounters {
  readonly received: number;
  readonly accepted: number;
  readonly dropped?: number;
}

/**
 * A pcapng capture whose first interface states this filter; absent: none of the interfaces does. `counters`: of the first
 * interface, behind its packets.
 */
function withInterfaceFilter(filter: string | null, counters?: InterfaceCounters): Buffer {
  const u32 = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) bytes.writeUInt32LE(value % 2 ** 32, 4 * i);
    return bytes;
  };
  const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const block = (type: number, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([u32(type, body.length + 12), body, u32(body.length + 12)]);
  };
  const text = Buffer.from(`\0${filter}`);
  const option = filter === null ? [] : [u32(11 + text.length * 2 ** 16), padded(text)];
  const counter = (code: number, value: number): Buffer => u32(code + 8 * 2 ** 16, value, 0);
  const { received = 0, accepted = 0, dropped = 0 } = counters ?? {};
  const options = [counter(4, received), counter(5, dropped), counter(6, accepted)];
  return Buffer.concat([
    block(0x0a0d0d0a, u32(0x1a2b3c4d, 1, 2 ** 32 - 1, 2 ** 32 - 1)),
    block(1, u32(1, 0), ...option),
    block(1, u32(1, 0)),
    ...WHOLE.map(({ bytes, timeUs }, i) =>
      block(6, u32(i % 2, timeUs / 2 ** 32, timeUs, bytes.length, bytes.length), padded(bytes)),
    ),
    ...(counters === undefined ? [] : [block(5, u32(0, 0, 0), ...options)]),
  ]);
}

describe('the windows of a reading', () => {
  it.each<[string, string | null, string[] | undefined, InterfaceCounters?]>([
    ['a filter', 'udp', ['filtered']],
    ['an empty one', '', undefined],
    ['none', null, undefined],
    ['that fewer packets passed than came', null, ['filtered'], { received: 900, accepted: 300 }],
    ['a filter, and that fewer passed', 'udp', ['filtered'], { received: 900, accepted: 300 }],
    ['that all that came passed', null, undefined, { received: 900, accepted: 900 }],
    ['that the others were dropped', null, undefined, { received: 900, accepted: 300, dropped: 600 }],
    ['that some were dropped', null, ['filtered'], { received: 900, accepted: 300, dropped: 599 }],
  ])('carry that an interface of the capture states %s', async (_, filter, flaws, stated) => {
    const path = join(folder, 'capture.pcapng');
    writeFileSync(path, withInterfaceFilter(filter, stated));
    const { windows, counters, notes } = await analyze([path], CLAUDE_OPTIONS);
    expect(windows.map((window) => window.flaws)).toEqual(windows.map(() => flaws));
    expect(counters.packets).toBe(WHOLE.length);
    const passed = Math.ceil(WHOLE.length / 2);
    expect(counters.malformed['capture.filter']).toBe(flaws && passed);
    const note = `${passed} of ${WHOLE.length} packets have passed a capture filter`;
    expect(notes.some((text) => text.startsWith(note))).toBe(flaws !== undefined);
  });

  it.each<[string, Partial<AnalyzeOptions>, string[] | undefined]>([
    ['everything', {}, undefined],
    ['a filter', { filter: 'tcp' }, ['filtered']],
    ['local hosts left out', { exclude: ['10.9.9.0/24', 'fd00::/64'] }, ['excludedLocal']],
    ['servers left out', { exclude: ['160.79.104.0/23'] }, ['excluded']],
    ['everything left out', { exclude: ['0.0.0.0/0'] }, ['excluded']],
    [
      'own global networks left out',
      { exclude: ['192.0.2.7'], localNets: ['192.0.2.0/24'] },
      ['excludedLocal'],
    ],
    ['both', { exclude: ['10.9.9.1', '1.1.1.1'], filter: 'udp' }, ['excluded', 'excludedLocal', 'filtered']],
  ])('carry what was left out: %s', async (_, options, flaws) => {
    const { windows } = await read(WHOLE, options);
    expect(windows.length).toBeGreaterThan(0);
    for (const window of windows) expect(window.flaws).toEqual(flaws);
    const again = windows.map((window) => decodeWindows(encodeWindow(window)).windows[0]?.flaws);
    expect(again).toEqual(windows.map(() => flaws));
    expect(mergeWindows([...windows, ...windows.map((one) => ({ ...one, sensor: 'b' }))])[0]?.flaws).toEqual(
      flaws,
    );
  });

  it('list the local networks that were left out', async () => {
    const exclude = ['fd00::/64', '10.9.9.1', '192.0.2.0/25', '1.1.1.1'];
    const { windows } = await read(WHOLE, { exclude, localNets: ['192.0.2.0/24'] });
    const listed = ['10.9.9.1/32', '192.0.2.0/25', 'fd00::/64'];
    expect(windows.map(({ excluded }) => excluded)).toEqual(windows.map(() => listed));
    const [window] = windows;
    if (window === undefined) throw new TypeError('no window');
    expect(decodeWindows(encodeWindow(window)).windows[0]?.excluded).toEqual(listed);
    const ofSum = (...all: Pick<UsageWindow, 'flaws' | 'excluded'>[]) => unionFlaws(all).excluded;
    expect(ofSum({ excluded: ['10.7.0.0/16'] }, window)).toEqual(['10.7.0.0/16', ...listed]);
    // Version 0.1.0 did not record which, and of too many networks none is known.
    const { excluded: _, ...old } = window;
    expect(ofSum(old, window)).toEqual(['*']);
    const many = Array.from({ length: 65 }, (_unused, i) => `10.7.${i}.0/24`);
    expect(ofSum({ excluded: many.slice(0, 40) }, { excluded: many.slice(24, 64) })).toEqual(
      many.slice(0, 64).sort(),
    );
    expect(ofSum({ excluded: many.slice(0, 40) }, { excluded: many.slice(24) })).toEqual(['*']);
    const nameOf = () => 'h-22222222';
    expect(pseudonymizeWindows([window], nameOf)[0]?.excluded).toEqual(['*']);
    const networks = { ...window, excluded: ['10.7.0.0/16'] };
    expect(pseudonymizeWindows([networks], nameOf)[0]?.excluded).toEqual(['10.7.0.0/16']);
    expect(holdsPseudonymsAlone(pseudonymizeWindows([window], nameOf)[0] ?? window)).toBe(true);
  });

  it.each<[string, (frame: Frame, i: number) => Frame, string | undefined, number]>([
    ['no original length', (frame) => ({ ...frame, wireLength: 0 }), 'wrongLengths', 1],
    [
      'an original length below the captured one',
      (frame) => ({ ...frame, wireLength: frame.bytes.length - 20 }),
      'wrongLengths',
      1,
    ],
    [
      'one in fifty of these',
      (frame, i) => (i % 50 === 7 ? { ...frame, wireLength: 14 } : frame),
      'wrongLengths',
      1 / 50,
    ],
    ['a single one', (frame, i) => (i === 7 ? { ...frame, wireLength: 14 } : frame), undefined, 0],
  ])('carry that records are wrong: %s', async (_, change, flaw, share) => {
    const frames = Array.from({ length: 4 }, (_unused, n) =>
      WHOLE.map((frame) => ({ ...frame, timeUs: frame.timeUs + n * 600_000_000 })),
    ).flat();
    const { windows, counters, notes } = await read(frames.map(change));
    expect(
      windows.every(({ flaws }) => (flaw === undefined ? flaws === undefined : flaws?.includes(flaw))),
    ).toBe(true);
    expect(counters.malformed['capture.length']).toBeGreaterThanOrEqual(
      Math.max(1, Math.floor(share * frames.length)),
    );
    expect(notes.join()).toMatch(/of \d+ packets have an original length below the captured length/);
  });

  it.each([1, 2])('carry that times are wrong, with %i workers', async (workers) => {
    const path = join(folder, 'times.pcap');
    const bytes = writePcap(WHOLE);
    for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8))
      bytes.writeUInt32LE(bytes.readUInt32LE(at + 4) * 1000, at + 4);
    writeFileSync(path, bytes);
    const { windows, counters, notes } = await analyze([path], { ...CLAUDE_OPTIONS, workers });
    for (const window of windows) expect(window.flaws).toEqual(['wrongTimes']);
    expect(counters.malformed['capture.time']).toBeGreaterThan(0.99 * WHOLE.length);
    expect(notes.join()).toMatch(/packets have no time, or nanoseconds where the format has microseconds/);
  });

  it('carry that packets have no time, as Simple Packet Blocks of pcapng', async () => {
    const path = join(folder, 'simple.pcapng');
    const pcap = writePcap(WHOLE);
    const blocks = [
      Buffer.from('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000', 'hex'),
      Buffer.from(`0100000014000000${pcap.toString('hex', 20, 22)}00000000000014000000`, 'hex'),
    ];
    for (let at = 24; at < pcap.length; at += 16 + pcap.readUInt32LE(at + 8)) {
      const captured = pcap.readUInt32LE(at + 8);
      const block = Buffer.alloc(16 + Math.ceil(captured / 4) * 4);
      block.writeUInt32LE(3, 0);
      block.writeUInt32LE(block.length, 4);
      block.writeUInt32LE(captured, 8);
      pcap.copy(block, 12, at + 16, at + 16 + captured);
      block.writeUInt32LE(block.length, block.length - 4);
      blocks.push(block);
    }
    writeFileSync(path, Buffer.concat(blocks));
    const { windows, counters, notes } = await analyze([path], CLAUDE_OPTIONS);
    expect(windows.map(({ flaws }) => flaws)).toEqual([['wrongTimes']]);
    expect(counters.malformed['capture.time']).toBe(WHOLE.length);
    expect(notes.join()).toMatch(/packets have no time/);
  });
});

describe('a sampled capture', () => {
  it.each<[string, string, boolean]>([
    ['DNS', 'udp port 53', true],
    ['DNS and SYN packets', 'udp port 53 or tcp[tcpflags] & tcp-syn != 0', true],
    ['SYN packets', 'tcp[tcpflags] & tcp-syn != 0', true],
    ['TCP', 'tcp', false],
    ['a few packets', 'udp port 53 and src port 53 and udp[8] < 64', false],
  ])('that another program filtered to %s', async (_, filter, expected) => {
    const many = ['claude-code-2.1.328-rt-session', 'base-chromium-tcp-example.test'].flatMap(recorded);
    expect(isSampled((await read(many, { filter })).windows)).toBe(expected);
  });

  it.each([
    ['IPv4', 'base-chromium-tcp-example.test', 'tcp[tcpflags] & tcp-syn != 0', 7],
    ['IPv6', 'claude-code-2.1.328-ipv6', 'ip6[6] == 6 and ip6[53] & 2 != 0', 6],
  ])('that another program filtered to a few SYN packets of %s', async (_, name, filter, expected) => {
    const { windows } = await read(recorded(name), { filter });
    const flows = windows.flatMap(({ hosts }) => [...hosts]).reduce((sum, host) => sum + host.flows, 0);
    expect([flows, isSampled(windows)]).toEqual([expected, true]);
  });

  it.each([2, 3, 4, 7, 10, 20])('of one packet in %i is recognized', async (n) => {
    expect(isSampled((await read(every(n))).windows)).toBe(true);
  });

  it.each([
    [10, false],
    [12, false],
    [20, false],
    [20, true],
    [40, false],
  ])('is one with the first %i packets of each connection, and its end: %s', async (n, passesEnds) => {
    // A later packet shows that the capture went on.
    const later = WHOLE.slice(-1).map((frame) => ({ ...frame, timeUs: frame.timeUs + 600_000_000 }));
    const { windows } = await read([...firstOfEach(n, passesEnds), ...later]);
    expect(isSampled(windows)).toBe(true);
  });

  it.each([
    ['ended in use', WHOLE.slice(0, WHOLE.length >> 1)],
    ['whole', WHOLE],
    ['begun in the middle', WHOLE.slice(WHOLE.length >> 1)],
    ['of another day', recorded('busy-developer-light')],
    ['of one direction', WHOLE.filter(({ bytes }) => bytes[26] === 10)],
  ])('is no other one: %s', async (_, frames) => {
    expect(isSampled((await read(frames)).windows)).toBe(false);
  });
});
