// One window of a time that no capture has: it is counted and told of, and moves no axis and no period.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { openStore } from '../../src/store/open.ts';
import { decodeWindows, encodeWindows } from '../../src/window/codec.ts';
import { temporaryFolder } from '../temporary.ts';
import { minuteWindow } from '../unit/store/minute-window.ts';
import { keepHosts } from './part-of-demo.ts';
import { wiretally } from './run.ts';

const folder = temporaryFolder('clock');
const at = (name: string): string => join(folder, name);
/** Of the demo's office, all hosts or a tenth of them. */
let windows: readonly UsageWindow[];
let few: readonly UsageWindow[];
/** What a report tells of the few. */
let told: ReportDocument;

beforeAll(async () => {
  await wiretally(['analyze', 'captures/demo.pcap.gz', '--write', at('demo.usage'), '-q']);
  windows = decodeWindows(readFileSync(at('demo.usage'))).windows;
  few = keepHosts(at('demo.usage'), at('few.usage'), /^10\.20\.1\.1[1-4]$/);
  const { breakdown } = await reported(at('few.usage'), ...SINCE);
  told = { ...(await reported(at('few.usage'))), ...(breakdown && { breakdown }) };
});

const seconds = (time: string): number => Date.parse(time) / 1000;
const TIMES = [
  0,
  60,
  '1999-12-31T23:59:00Z',
  '2037-01-01T00:00:00Z',
  '2106-02-07T06:28:00Z',
  '9999-12-31T23:58:00Z',
];
const FORGED: readonly (readonly [string, readonly number[]])[] = [
  ...TIMES.map((time) => [String(time), [typeof time === 'number' ? time : seconds(time)]] as const),
  ['the beginning and the end', [0, seconds('9999-12-31T23:58:00Z')]],
  ['a year of 1970', Array.from({ length: 400 }, (_, i) => i * 86_400)],
];
/** Asked of a store too: both edges of what is believed, and what lies farthest from them. */
const IN_STORE = new Set(['1999-12-31T23:59:00Z', '2037-01-01T00:00:00Z', 'the beginning and the end']);

/** Frames without a host: only their time distinguishes them. */
const forged = (startSeconds: number): UsageWindow => ({
  ...minuteWindow(0, 'forged'),
  startSeconds,
  hosts: [],
});

async function withForged(
  name: string,
  starts: readonly number[],
  others: readonly UsageWindow[],
  inStore = false,
): Promise<string[]> {
  const all = [...others, ...starts.map(forged)];
  writeFileSync(at(`${name}.usage`), encodeWindows(all));
  if (!inStore) return [at(`${name}.usage`)];
  const store = await openStore(at(`${name}.duckdb`), { mode: 'write', keepsMinutes: true });
  await store.put(all);
  await store.close();
  return [at(`${name}.usage`), at(`${name}.duckdb`)];
}

const reported = async (source: string, ...words: string[]): Promise<ReportDocument> =>
  JSON.parse((await wiretally(['analyze', source, ...words, '--format', 'json'])).out);

const SINCE = ['--since', '2026-07-10', '--by', 'day'];

/** An edge that is moved is that of a day. */
const periodOf = (starts: readonly number[]): ReportDocument['period'] => ({
  since: starts.some((start) => start < 1e9) ? '2026-07-07T00:00:00.000000Z' : '2026-07-07T17:04:00.000000Z',
  until: starts.some((start) => start > 2e9) ? '2026-07-15T00:00:00.000000Z' : '2026-07-14T10:05:00.000000Z',
  timezone: 'UTC',
});

describe('a window of a wrong clock', () => {
  it.each(FORGED)('moves neither period nor rows: %s', async (name, starts) => {
    const { hosts, tools, breakdown } = told;
    expect(hosts.length).toBeGreaterThan(2);
    const sources = await withForged(name.replaceAll(/\W/g, '-'), starts, few, IN_STORE.has(name));
    for (const source of sources) {
      const found = await reported(source);
      expect({ hosts: found.hosts, tools: found.tools }).toEqual({ hosts, tools });
      expect(found.period).toEqual(periodOf(starts));
      expect(Date.parse(found.recordsFrom ?? '')).toBeGreaterThan(Date.parse('2026-07-06'));
      const days = new Set(starts.map((start) => Math.floor(start / 86_400))).size;
      expect(found.clockErrors).toEqual({ days, packets: 2 * starts.length });
      const part = await reported(source, ...SINCE);
      expect(part.breakdown).toEqual(breakdown);
    }
  });

  it('leaves tables, strips and charts as they are, and is told of in words', async () => {
    const [source = ''] = await withForged('drawn', [0, seconds('9999-12-31T23:58:00Z')], windows);
    const words = /4 packets of 2 days have times before 2000 or years from all others/;
    const shown = async (from: string, format: string): Promise<string> =>
      (await wiretally(['analyze', from, '--format', format])).out.replaceAll(from, 'SOURCE');
    const [before, after] = [await shown(at('demo.usage'), 'terminal'), await shown(source, 'terminal')];
    const table = (text: string): string[] => text.split('\n').filter((line) => /^\s*(HOST|10\.)/.test(line));
    expect(table(before).length).toBeGreaterThan(20);
    expect(table(after)).toEqual(table(before));
    expect(after.replaceAll(/\s+/g, ' ')).toMatch(words);
    for (const format of ['html', 'md'])
      expect((await shown(source, format)).replaceAll(/\s+/g, ' ')).toMatch(words);
    const charts = (text: string): string[] => [...text.matchAll(/<svg[\s\S]*?<\/svg>/g)].map(([svg]) => svg);
    const clean = charts(await shown(at('demo.usage'), 'html'));
    expect(clean.length).toBeGreaterThan(0);
    expect(charts(await shown(source, 'html'))).toEqual(clean);
  });

  it('is drawn where there is no other: nothing tells that it is wrong', async () => {
    writeFileSync(at('alone.usage'), encodeWindows([forged(0)]));
    const { period, clockErrors } = await reported(at('alone.usage'));
    expect(period.since).toBe('1970-01-01T00:00:00.000000Z');
    expect(clockErrors).toBeUndefined();
  });

  it('is none years from others that are few: two captures of other years are a history', async () => {
    const start = seconds('2019-03-01T12:00:00Z');
    const [source = ''] = await withForged('years', [start], few);
    const { period, clockErrors } = await reported(source);
    expect(period.since).toBe('2019-03-01T12:00:00.000000Z');
    expect(clockErrors).toBeUndefined();
  });
});
