// What a second capture point says about the place of a fault.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { addresses, viewIpFrame } from '../../../captures/ip-frame.ts';
import { type Frame, readPcap, writePcap } from '../../../captures/pcap.ts';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { type CapturePoint, withSecondPoint } from '../../../src/diagnosis/two-point-capture.ts';
import type { OutcomeKind } from '../../../src/model/outcome.ts';
import type { HostTotals, OutcomeCell, UsageWindow } from '../../../src/model/usage.ts';
import { buildDiagnosis, listAddressNames } from '../../../src/query/diagnosis.ts';
import { openSource } from '../../../src/query/source.ts';
import { EMPTY_STATS } from '../../../src/window/sums.ts';
import { numbersAt } from '../cell-numbers.ts';

const AT_US = 1_790_000_000_000_000;
const NAME = 'api.anthropic.com';
const SERVER = '160.79.104.10';
const OTHER = { name: 'chatgpt.com', server: '104.18.32.47', handshakeMinUs: 30_000 } as const;
const known = { toolsOf: () => [], isModel: () => true, isMixed: () => false, runtimeOf: () => null };

function cell(host: string, kind: OutcomeKind, more: Partial<OutcomeCell> = {}): OutcomeCell {
  const key = { host, name: NAME, server: SERVER, port: 443, kind, detail: 0 };
  return { ...key, ...numbersAt(AT_US, 0), handshakeMinUs: 30_000, ...more };
}

const inside = (kind: OutcomeKind, more: Partial<OutcomeCell> = {}) => cell('10.1.0.5', kind, more);
const outside = (kind: OutcomeKind, more: Partial<OutcomeCell> = {}) => cell('192.0.2.1', kind, more);
const silent = { handshakeMinUs: 0, count: 4, value: 20 } as const;

function point(cells: readonly OutcomeCell[], window: Partial<UsageWindow> = {}): CapturePoint {
  const startSeconds = AT_US / 1e6 - 30;
  const windows: UsageWindow[] = [
    {
      ...{ sensor: 'a', startSeconds, revision: 1, lengthSeconds: 60, stats: { ...EMPTY_STATS, packets: 9 } },
      ...{ hosts: [], rows: [], queriedNames: [] },
      ...window,
    },
  ];
  return { cells, windows, result: diagnose(cells, windows, known) };
}

const placesOf = (first: CapturePoint, second: CapturePoint): string[] =>
  withSecondPoint(first, second, known).diagnoses.map(
    ({ name, fault, leg, placeConfidence }) => `${name} ${fault} ${leg} ${placeConfidence}`,
  );

describe('a connection that gets no answer', () => {
  const first = point([inside('synSilent', silent), inside('served', OTHER)]);

  it('is stopped between the points if it does not arrive at the second, and others do', () => {
    expect(placesOf(first, point([outside('served', OTHER)]))).toEqual([
      `${NAME} tcp-blackhole local-firewall certain`,
    ]);
  });

  it('is only likely stopped there if nothing shows that the second capture is of that time and line', () => {
    expect(placesOf(first, point([]))).toEqual([`${NAME} tcp-blackhole local-firewall likely`]);
    const later = outside('served', { ...OTHER, firstUs: AT_US + 60e6, lastUs: AT_US + 60e6 });
    expect(placesOf(first, point([later]))).toEqual([`${NAME} tcp-blackhole local-firewall likely`]);
  });

  it('fails behind the second point if it fails there too', () => {
    const second = point([outside('synSilent', silent), outside('served', OTHER)]);
    expect(placesOf(first, second)).toEqual([`${NAME} tcp-blackhole path certain`]);
    expect(withSecondPoint(first, second, known).diagnoses[0]?.summary).toContain(
      'pass the second capture point',
    );
  });

  it('stays where it was if tunnels at the second point may contain it', () => {
    const tunnel = {
      kind: 'tunnel',
      hint: 'unknown',
      flows: 1,
      bytes: 900,
      firstUs: AT_US,
      lastUs: AT_US,
    } as const;
    const hosts = [{ host: '192.0.2.1', notVisible: [tunnel] } as unknown as HostTotals];
    const found = withSecondPoint(first, point([outside('served', OTHER)], { hosts }), known).diagnoses;
    expect(found.map(({ leg, placeConfidence, against }) => [leg, placeConfidence, against.length])).toEqual([
      ['local-firewall', 'likely', 1],
    ]);
  });
});

describe('a reset after one round trip', () => {
  const reset = { count: 4, delayMinUs: 30_000, handshakeMinUs: 0, ttlMin: 54, ttlMax: 54 } as const;
  const works = inside('served', { ...OTHER, handshakeTtlMin: 54, handshakeTtlMax: 54 });
  const first = point([inside('synReset', reset), works]);

  it('is the provider with one point, and a box between the points if it did not arrive', () => {
    expect(first.result.diagnoses.map(({ fault, leg }) => `${fault} ${leg}`)).toEqual([
      'provider-refused provider',
    ]);
    expect(placesOf(first, point([outside('served', OTHER)]))).toEqual([
      `${NAME} tcp-refused local-firewall certain`,
    ]);
  });
});

describe('a name that works', () => {
  const first = point([inside('served', { count: 3 }), inside('served', OTHER)]);

  it('has no fault where its connections pass the second point', () => {
    expect(placesOf(first, point([outside('served'), outside('served', OTHER)]))).toEqual([]);
  });

  it('is answered by a box between the points where they do not', () => {
    expect(placesOf(first, point([outside('served', OTHER)]))).toEqual([`${NAME} block-page proxy certain`]);
  });
});

describe('faults that a second point cannot move', () => {
  it('are those of the resolver', () => {
    const first = point([inside('dnsError', { port: 53, detail: 3, count: 4 })]);
    expect(placesOf(first, point([]))).toEqual([`${NAME} dns-nxdomain resolver certain`]);
  });
});

describe('two captures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-points-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const RECORDING = 'captures/faults/claude-tcp-blackhole-name.pcap.gz';
  const BLOCKED = '198.51.100.5';
  const frames = readPcap(gunzipSync(readFileSync(RECORDING)));

  /** The place of the fault, with those frames behind the firewall. */
  async function placeWith(passes: (server: string) => boolean): Promise<string[]> {
    const file = join(folder, 'behind.pcap');
    writeFileSync(file, writePcap(frames.filter((frame) => passes(serverOf(frame)))));
    const first = await (await openSource([RECORDING])).read();
    const behind = await (await openSource([file], { addressNames: listAddressNames(first) })).read();
    return buildDiagnosis(first, {}, behind).diagnoses.map(({ fault, leg }) => `${fault} ${leg}`);
  }

  function serverOf({ bytes }: Frame): string {
    const view = viewIpFrame(bytes);
    if (view === null) return '';
    const { source, destination } = addresses(view);
    return [...(source[0] === 10 ? destination : source)].join('.');
  }

  it('name the firewall where a SYN does not arrive, and what is behind it where it does', async () => {
    expect(await placeWith((server) => !server.startsWith('10.') && server !== BLOCKED)).toEqual([
      'tcp-blackhole local-firewall',
    ]);
    expect(await placeWith((server) => !server.startsWith('10.'))).toEqual(['tcp-blackhole path']);
  });
});
