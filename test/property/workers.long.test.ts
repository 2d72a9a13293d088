// Any number of workers gives the same windows, hellos and flows, byte for byte.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Frame, readPcap, writePcap } from '../../captures/pcap.ts';
import type * as Analyze from '../../src/reading/captures/analyze-captures.ts';
import { type Compiled, compile } from '../compiled.ts';
import { temporaryFolder } from '../temporary.ts';
import { CLAUDE_OPTIONS } from './claude-options.ts';

const folder = temporaryFolder('workers');
let compiled: Compiled;
let sensor: typeof Analyze;

beforeAll(async () => {
  compiled = compile('workers-test');
  sensor = await import(pathToFileURL(resolve(compiled.folder, 'reading/captures/analyze-captures.js')).href);
});
afterAll(() => {
  compiled.remove();
});

/** Some packets of each part are malformed, in several ways. */
function withDamage(frame: Frame, at: number): Frame {
  const wrong = [
    { at: 14, byte: 0x95 }, // a version of IP that does not exist
    { at: 46, byte: 0x10 }, // a TCP header shorter than there is
    { at: 14, byte: 0x41 }, // an IP header shorter than there is
  ][Math.floor(at / 37) % 3];
  if (at % 37 !== 36 || wrong === undefined) return frame;
  const bytes = Buffer.from(frame.bytes);
  bytes[wrong.at] = wrong.byte;
  return { ...frame, bytes };
}

/** Recordings one after the other, ten minutes apart. */
function officeDay(names: readonly string[]): string {
  const frames = names.flatMap((name, i) => {
    const part = readPcap(gunzipSync(readFileSync(`captures/recordings/${name}.pcap.gz`)));
    const shift = 1_783_900_800_000_000 + i * 600_000_000 - (part[0]?.timeUs ?? 0);
    return part.map((frame, at) => ({ ...withDamage(frame, at), timeUs: frame.timeUs + shift }));
  });
  const path = join(folder, 'day.pcap');
  writeFileSync(path, writePcap(frames));
  return path;
}

/** One UDP flow with the bytes of a capture as datagrams: record headers at every offset. */
function carriedFrames(inner: Buffer): Frame[] {
  const frames: Frame[] = [];
  const step = 1391;
  for (let at = 0; at < inner.length; at += step) {
    const payload = inner.subarray(at, at + step);
    const bytes = Buffer.alloc(42 + payload.length);
    bytes.write('020000000001020000000002080045', 0, 'hex');
    bytes.writeUInt16BE(28 + payload.length, 16);
    bytes.write('4011', 22, 'hex'); // time to live, UDP
    bytes.write('0a000001c6336401', 26, 'hex');
    bytes.writeUInt16BE(40_000, 34);
    bytes.writeUInt16BE(5004, 36);
    bytes.writeUInt16BE(8 + payload.length, 38);
    payload.copy(bytes, 42);
    frames.push({ timeUs: 1_783_900_800_000_000 + at, wireLength: bytes.length, bytes });
  }
  return frames;
}

const path = officeDay([
  'claude-code-2.1.328-prompt',
  'claude-code-2.1.328-connect-proxy',
  'claude-code-2.1.328-relay',
  'base-chromium-quic-claude.ai',
  'claude-code-2.1.145-prompt',
]);

async function all(workers: number): Promise<unknown[]> {
  const options = { ...CLAUDE_OPTIONS, workers };
  const lines: unknown[] = [await sensor.analyze([path], options)];
  lines.push(
    await sensor.readHandshakes([path], { workers }, ({ hello }) => lines.push({ ...hello, flowId: 0 })),
  );
  lines.push(await sensor.readFlows([path], { workers }, ({ flow }) => lines.push({ ...flow, flowId: 0 })));
  return lines;
}

/**
 * The handshake of a recording again and again, each time from another client and with another hello, a hundred in a
 * second; most of them never end.
 */
function handshakes(count: number): string {
  const all = readPcap(gunzipSync(readFileSync('captures/recordings/claude-code-2.1.328-prompt.pcap.gz')));
  const payloadAt = ({ bytes }: Frame): number => 34 + ((bytes[46] ?? 0) >> 4) * 4;
  const isTls = (frame: Frame): boolean => frame.bytes[23] === 6 && frame.bytes[payloadAt(frame)] === 0x16;
  const hello = all.find((frame) => isTls(frame) && frame.bytes.readUInt16BE(36) === 443);
  const port = hello?.bytes.readUInt16BE(34) ?? 0;
  const own = all.filter(
    ({ bytes }) =>
      bytes.length >= 54 &&
      bytes[23] === 6 &&
      [bytes.readUInt16BE(34), bytes.readUInt16BE(36)].includes(port),
  );
  const first = own.slice(0, 8);
  const since = first[0]?.timeUs ?? 0;
  const frames = Array.from({ length: count }, (_, i) =>
    first.map((frame): Frame => {
      const bytes = Buffer.from(frame.bytes);
      const isUp = bytes.readUInt16BE(34) === port;
      bytes.writeUInt32BE(0x0a01_0000 + (i % 500), isUp ? 26 : 30);
      bytes.writeUInt16BE(1024 + Math.floor(i / 500), isUp ? 34 : 36);
      // The random bytes of the hello, so that no two are copies of one.
      if (isUp && isTls(frame)) bytes.writeUInt32BE(i, payloadAt(frame) + 11);
      return { ...frame, bytes, timeUs: 1_783_900_800_000_000 + i * 10_000 + frame.timeUs - since };
    }),
  ).flat();
  const path = join(folder, 'handshakes.pcap');
  writeFileSync(path, writePcap(frames.toSorted((a, b) => a.timeUs - b.timeUs)));
  return path;
}

describe('decoding with several workers', () => {
  it('gives up the same where there are more connections than its tables hold', async () => {
    const many = handshakes(5000);
    const options = { ...CLAUDE_OPTIONS, flowTable: 1024 };
    const one = await sensor.analyze([many], options);
    expect(one.stats.evictedFlows).toBeGreaterThan(1000);
    expect(one.windows.flatMap(({ rows }) => rows).length).toBeGreaterThan(100);
    for (const workers of [2, 3, 8, 16])
      expect(JSON.stringify(await sensor.analyze([many], { ...options, workers }))).toBe(JSON.stringify(one));
  }, 120_000);

  it.each([2, 3, 8])('gives with %i workers what one gives', { timeout: 120_000 }, async (workers) => {
    const one = await all(1);
    const other = await all(workers);
    expect(other).toEqual(one);
    expect(JSON.stringify(other)).toBe(JSON.stringify(one)); // the order of the keys too
  });

  it('is not led astray by a capture that is carried as payload', async () => {
    const inner = gunzipSync(readFileSync('captures/recordings/claude-code-2.1.145-prompt.pcap.gz'));
    const carrier = join(folder, 'carrier.pcap');
    writeFileSync(carrier, writePcap(carriedFrames(inner)));
    const one = await sensor.analyze([carrier], CLAUDE_OPTIONS);
    expect(one.stats).toMatchObject({ flows: 1, malformed: {} });
    expect(one.windows.flatMap(({ rows }) => rows)).toEqual([]); // the names in use were not contacted
    for (const workers of [2, 3, 8]) {
      expect(await sensor.analyze([carrier], { ...CLAUDE_OPTIONS, workers })).toEqual(one);
    }
  });

  it('gives the same of parts, wherever the capture is cut', { timeout: 120_000 }, async () => {
    const frames = readPcap(readFileSync(path)).slice(0, 1500);
    const whole = join(folder, 'whole.pcap');
    writeFileSync(whole, writePcap(frames));
    const { windows } = await sensor.analyze([whole], CLAUDE_OPTIONS);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: frames.length - 1 }), { maxLength: 3 }),
        fc.constantFrom(1, 2, 3, 8),
        async (cuts, workers) => {
          const bounds = [0, ...cuts.sort((a, b) => a - b), frames.length];
          const parts = bounds.slice(1).map((end, i) => {
            const part = join(folder, `part-${i}.pcap`);
            writeFileSync(part, writePcap(frames.slice(bounds[i], end)));
            return part;
          });
          const cut = await sensor.analyze(parts, { ...CLAUDE_OPTIONS, workers });
          // A pause between two parts is a gap: the missing traffic is unknown.
          expect(cut.windows.map(({ gaps: _, ...window }) => window)).toEqual(windows);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('gives the same of a week in which nights are silent, from a file and from a stream', async () => {
    const week = join(folder, 'week.pcap');
    writeFileSync(week, gunzipSync(readFileSync('captures/demo.pcap.gz')));
    const one = (await sensor.analyze([week], CLAUDE_OPTIONS)).windows;
    for (const workers of [1, 2, 3]) {
      const other = await sensor.analyze(['captures/demo.pcap.gz'], { ...CLAUDE_OPTIONS, workers });
      expect(other.windows).toEqual(one);
    }
  });

  it('gives the same from a compressed input', async () => {
    const one = await sensor.analyze(
      ['captures/recordings/claude-code-2.1.328-prompt.pcap.gz'],
      CLAUDE_OPTIONS,
    );
    const two = await sensor.analyze(['captures/recordings/claude-code-2.1.328-prompt.pcap.gz'], {
      ...CLAUDE_OPTIONS,
      workers: 2,
    });
    expect(two).toEqual(one);
  });

  it('ends when it is stopped, with what was read', async () => {
    const controller = new AbortController();
    controller.abort();
    const result = await sensor.analyze([path], { ...CLAUDE_OPTIONS, workers: 2, signal: controller.signal });
    expect(result.interrupted).toBe(true);
  });
});
