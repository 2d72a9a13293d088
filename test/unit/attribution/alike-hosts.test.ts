// Hosts with one row without requests are attributed together as each alone, whatever they have in common.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { FORMS, row, START, window } from './rows.ts';

const catalogue = await loadCatalogue();

const hello = row('api.anthropic.com', FORMS.bun144Fetch, {
  helloTimesUs: [START * 1e6],
  communityIds: ['1:a'],
  macs: ['02:00:00:00:00:01'],
});

/** The row with a value of its own in one field after the other. */
const variants: UsageRow[] = [
  ...Object.entries(hello).flatMap(([field, value]) => {
    if (typeof value === 'number') return [{ ...hello, [field]: value + 1 }];
    return [];
  }),
  { ...hello, answeredSlices: 0 },
  { ...hello, answeredSlices: 0, establishedFlows: 0, failedFlows: 1 },
  { ...hello, helloTimesUs: [] },
  { ...hello, helloTimesUs: [START * 1e6, START * 1e6 + 5] },
  { ...hello, name: 'api2.cursor.sh' },
  { ...hello, nameFrom: 'dns' },
  { ...hello, fingerprint: FORMS.chromium },
  { ...hello, fingerprint: null },
  { ...hello, proxy: 'connect' },
  { ...hello, userAgent: 'claude-cli' },
  { ...hello, servers: ['160.79.104.11'], serverPorts: [8443] },
  { ...hello, communityIds: ['1:b'], macs: ['02:00:00:00:00:02'] },
  { ...hello, firstUs: hello.firstUs + 1e6, lastUs: hello.lastUs + 9e6 },
];

const windowsOf = (rows: readonly UsageRow[]): UsageWindow[] => [window(rows)];
const attributed = (rows: readonly UsageRow[]) =>
  attribute(windowsOf(rows), catalogue, { zone: openZone('UTC') }).map(({ host, tools, providers }) => ({
    host,
    rows: [...tools, ...providers].map(({ use, quarters }) => ({ use, quarters })),
  }));

describe('hosts with one row each', () => {
  const rows = [hello, ...variants, ...variants].map((one, i) => ({ ...one, host: `10.0.${i}.1` }));

  it('are attributed together as each alone', () => {
    const alone = rows.flatMap((one) => attributed([one]));
    expect(new Set(alone.map(({ rows: found }) => JSON.stringify(found))).size).toBeGreaterThan(20);
    const together = attributed(rows);
    expect(together).toHaveLength(alone.length);
    expect(together).toEqual(expect.arrayContaining(alone));
  });
});
