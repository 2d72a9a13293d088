// The same packets give the same bytes, independent of the order of threads: with both sides of a NAT or of a proxy, doubled
// mirrors and packets out of order, any number of workers, and delays forced between threads.

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Frame, readPcap, writePcap } from '../../captures/pcap.ts';
import { renewHellos } from '../../captures/renew-hellos.ts';
import type * as Analyze from '../../src/reading/captures/analyze-captures.ts';
import { type Compiled, compile } from '../compiled.ts';
import { temporaryFolder } from '../temporary.ts';
import { asClient, behindProxy, byTime, twice, writtenLate } from './both-sides.ts';
import { CLAUDE_OPTIONS } from './claude-options.ts';

const START_US = 1_783_900_800_000_000;
/** More than an hour: flushes emit slices of ended flows, their ends follow later. */
const COPIES = 70;
const APART_US = 53_000_000;
const NAT = { address: Buffer.from([10, 88, 0, 1]), portShift: 20_000 };
const PROXY = Buffer.from([10, 77, 0, 1]);
const WORKERS = [1, 2, 3, 5, 8];

const folder = temporaryFolder('order');
let plain: Compiled;
let staggered: Compiled;
let reference: typeof Analyze;
let delayed: typeof Analyze;

/**
 * Randomly shortens, limits and delays every poll of every thread, as on a machine with other
 * load.
 */
const STAGGERED_ADDON = `
export * from './addon-plain.js';
import * as plain from './addon-plain.js';
const cell = new Int32Array(new SharedArrayBuffer(4));
const cut = (batch) => batch.subarray(0, 1 << (16 + Math.floor(Math.random() * 4)));
function stagger(decoder) {
  let slow = 0;
  const late = () => {
    if (Math.random() < 0.02) slow = 10;
    if (slow-- > 0) Atomics.wait(cell, 0, 0, Math.random() * 4);
  };
  const poll = (batch, maxMs) => {
    late();
    return decoder.poll(cut(batch), Math.random() < 0.7 ? 0 : 1);
  };
  // Threads wait for empty buffers: those that come back late slow them down one by one.
  const held = [];
  const giveBack = (buffer) => {
    held.push(buffer);
    while (held.length > 0 && Math.random() < 0.7) decoder.giveBack(held.shift());
  };
  const takeBatch = (maxMs) => {
    late();
    if (Math.random() < 0.3) return null;
    const batch = decoder.takeBatch(Math.min(maxMs, 1));
    if (batch === null) while (held.length > 0) decoder.giveBack(held.shift());
    return batch;
  };
  const startThreads = (buffers) => decoder.startThreads(buffers.map(cut));
  const get = (_, key) => {
    if (key === 'poll') return poll;
    if (key === 'giveBack') return giveBack;
    if (key === 'takeBatch') return takeBatch;
    if (key === 'startThreads') return startThreads;
    const value = decoder[key];
    return typeof value === 'function' ? value.bind(decoder) : value;
  };
  return new Proxy({}, { get });
}
export function loadAddon() {
  const addon = plain.loadAddon();
  return {
    counterNames: () => addon.counterNames(),
    createDecoder: (options) => stagger(addon.createDecoder(options)),
    NativeCollector: addon.NativeCollector,
    sha1: (bytes) => addon.sha1(bytes),
  };
}
`;

beforeAll(async () => {
  plain = compile('order-plain');
  staggered = compile('order-staggered');
  renameSync(join(staggered.folder, 'native/addon.js'), join(staggered.folder, 'native/addon-plain.js'));
  writeFileSync(join(staggered.folder, 'native/addon.js'), STAGGERED_ADDON);
  const load = (compiled: Compiled): Promise<typeof Analyze> =>
    import(pathToFileURL(resolve(compiled.folder, 'reading/captures/analyze-captures.js')).href);
  reference = await load(plain);
  delayed = await load(staggered);
});
afterAll(() => {
  plain.remove();
  staggered.remove();
});

/** Copies of recordings by several clients, with a distinct random in every hello. */
function day(names: readonly string[], copies: number, see: (frames: Frame[]) => Frame[]): Frame[] {
  const recordings = names.map((name) => readFileSync(`captures/recordings/${name}.pcap.gz`));
  const frames: Frame[] = [];
  for (let copy = 0; copy < copies; copy++) {
    const recording = recordings[copy % recordings.length] ?? Buffer.alloc(0);
    const part = readPcap(gunzipSync(recording));
    renewHellos(part, createHash('sha256').update(String(copy)).digest());
    const shift = START_US + copy * APART_US - (part[0]?.timeUs ?? 0);
    const seen = see(part.map((frame) => ({ ...frame, timeUs: frame.timeUs + shift })));
    frames.push(...seen);
  }
  return byTime(frames);
}

const demo = (): Frame[] => readPcap(gunzipSync(readFileSync('captures/demo.pcap.gz')));

const SMALL = [
  'base-bun1.4.1-fetch',
  'claude-code-2.1.328-nononessential',
  'base-node24-fetch-api.anthropic.com',
] as const;
const PROXIED = ['claude-code-2.1.328-connect-proxy'] as const;

let client = 0;
function bothSides(frames: readonly Frame[]): Frame[] {
  const inside = { address: Buffer.from([10, 77, 0, 10 + (client++ % 20)]), portShift: client * 13 };
  return [
    ...asClient(frames, inside),
    ...asClient(frames, { ...NAT, portShift: NAT.portShift + client * 13 }, 40),
  ];
}

const CAPTURES: readonly { readonly name: string; readonly make: () => Frame[] }[] = [
  { name: 'both sides of a NAT', make: () => day(SMALL, COPIES, bothSides) },
  {
    name: 'both sides of a proxy',
    make: () => day(PROXIED, COPIES, (frames) => [...frames, ...behindProxy(frames, PROXY, 300)]),
  },
  { name: 'two mirrors of both sides of a NAT', make: () => twice(day(SMALL, COPIES, bothSides), 900, 1) },
  {
    name: 'both sides of a NAT, packets written late',
    make: () => writtenLate(day(SMALL, COPIES, bothSides), 20_000, 2),
  },
  // Late enough that answers follow the flows that they name, and handshakes are in no order.
  { name: 'the demo, packets written a millisecond late', make: () => writtenLate(demo(), 1_000, 3) },
  { name: 'the demo, packets written half a second late', make: () => writtenLate(demo(), 500_000, 4) },
];

async function tellWindows(sensor: typeof Analyze, path: string, workers: number): Promise<string> {
  return JSON.stringify(await sensor.analyze([path], { ...CLAUDE_OPTIONS, workers }), null, 1);
}

async function tellLines(sensor: typeof Analyze, path: string, workers: number): Promise<string> {
  const lines: unknown[] = [];
  await sensor.readHandshakes([path], { workers }, ({ hello }) => lines.push({ ...hello, flowId: 0 }));
  await sensor.readFlows([path], { workers }, ({ flow }) => lines.push({ ...flow, flowId: 0 }));
  return JSON.stringify(lines);
}

describe('the order of threads', () => {
  it.each(CAPTURES)('changes nothing of $name', { timeout: 240_000 }, async ({ name, make }) => {
    const path = join(folder, `${name.replace(/\W/g, '-')}.pcap`);
    writeFileSync(path, writePcap(make()));
    const windows = await tellWindows(reference, path, 1);
    const lines = await tellLines(reference, path, 1);
    for (const workers of WORKERS) {
      expect(await tellLines(delayed, path, workers)).toBe(lines);
      expect(await tellWindows(delayed, path, workers)).toBe(windows);
    }
  });

  it('counts one side of a NAT, and one of a proxy', async () => {
    const hostsOf = async (frames: Frame[]): Promise<readonly string[]> => {
      const path = join(folder, 'sides.pcap');
      writeFileSync(path, writePcap(frames));
      const { windows } = await reference.analyze([path], CLAUDE_OPTIONS);
      return [...new Set(windows.flatMap(({ rows }) => rows.map(({ host }) => host)))].sort();
    };
    const natted = await hostsOf(day(SMALL, 3, bothSides));
    expect(natted).not.toContain('10.88.0.1');
    expect(natted.length).toBeGreaterThan(1);
    const proxied = day(PROXIED, 1, (frames) => [...frames, ...behindProxy(frames, PROXY, 300)]);
    expect(await hostsOf(proxied)).toEqual(['10.77.0.2']);
  });
});
