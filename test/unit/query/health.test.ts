// Health and diagnoses of a host under pseudonyms: no address of a local network in any text.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HealthAnswer } from '../../../src/diagnosis/health.ts';
import { diagnosisOfWindows, healthOfWindows } from '../../../src/query/health.ts';
import { openSource } from '../../../src/query/source.ts';
import { rollUpWindows } from '../../../src/window/merge-windows.ts';

const FOLDER = 'captures/faults';
/** Windows of these have no connection: their names are a resolver's or a proxy's, or end in a search domain. */
const WITHOUT_NAMES = /^curl-doh-doh-(?!healthy)|-dns-search-wildcard\.|-proxy-name-(?:silent|servfail)\./;
const PRIVATE = /\b(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.\d+){2,3}\b/;
const policy = {
  advisories: [],
  onDisk: null,
  hosts: null,
  pseudonymOf: (host: string): string => `h-${host.replaceAll(/[.:]/g, '-')}`,
};

describe.each(readdirSync(FOLDER).filter((name) => name.endsWith('.pcap.gz')))('%s', (name) => {
  it('names its hosts by their pseudonyms alone', async () => {
    const source = await (await openSource([join(FOLDER, name)])).read();
    const askedQuestion = { command: 'test', timezone: 'UTC', policy };
    const health = healthOfWindows(source, askedQuestion, null);
    const hosts = [...new Set(health.steps.flatMap(({ cells }) => cells.map(({ host }) => host)))];
    expect(hosts.length > 0).toBe(!WITHOUT_NAMES.test(name));
    for (const host of hosts) {
      expect(host).toMatch(/^h-/);
      const { diagnoses, checked } = diagnosisOfWindows(source, askedQuestion, null, host);
      for (const one of [...diagnoses, ...checked]) expect(one.host).toBe(host);
      expect(JSON.stringify(diagnoses)).not.toMatch(PRIVATE);
    }
  });
});

describe('minutes of windows that are summed by quarter hours', () => {
  const read = async () =>
    await (
      await openSource([join(FOLDER, readdirSync(FOLDER).find((name) => name.endsWith('.pcap.gz')) ?? '')])
    ).read();
  const askedQuestion = { command: 'test', timezone: 'UTC' };
  const counted = ({ steps }: HealthAnswer): number =>
    steps.flatMap(({ cells }) => cells).reduce((sum, { count }) => sum + count, 0);

  it('have the same connections as the quarter hours', async () => {
    const source = await read();
    const quarters = { ...source, windows: rollUpWindows(source.windows, 900) };
    const coarse = healthOfWindows(quarters, askedQuestion, null);
    const fine = healthOfWindows(quarters, askedQuestion, null, source.windows);
    expect([coarse.step, fine.step]).toEqual(['quarter', 'minute']);
    expect(counted(fine)).toBe(counted(coarse));
    expect(counted(fine)).toBeGreaterThan(0);
    expect(fine.steps.every(({ startSeconds }) => startSeconds % 60 === 0)).toBe(true);
    expect(fine.attempts).toEqual(coarse.attempts);
  });

  it('show no host that the quarter hours do not', async () => {
    const source = await read();
    const quarters = {
      ...source,
      windows: rollUpWindows(source.windows, 900).map((window) => ({ ...window, outcomes: [] })),
    };
    expect(counted(healthOfWindows(quarters, askedQuestion, null, source.windows))).toBe(0);
  });
});
