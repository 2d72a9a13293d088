// First use by group and the comparison with an earlier report: the same from captures, windows and a store.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretallyHere } from './in-process.ts';

const DEMO = 'captures/demo.pcap.gz';
const folder = temporaryFolder('since-when');
const at = (name: string): string => join(folder, name);
const SOURCES = { windows: at('demo.usage'), store: at('demo.duckdb') };
const SENSOR = ['--sensor', 'office'];
const POLICY = ['--policy', 'captures/demo-policy.yaml'];

async function ask(source: string, ...more: string[]): Promise<ReportDocument> {
  const sensor = source === DEMO ? SENSOR : [];
  const words = ['analyze', source, ...sensor, ...POLICY, '--format', 'json', ...more];
  const { out, err } = await wiretallyHere(words);
  expect(out, err).not.toBe('');
  return JSON.parse(out);
}

beforeAll(async () => {
  await wiretallyHere([
    'analyze',
    DEMO,
    '--write',
    SOURCES.windows,
    '--store',
    SOURCES.store,
    ...SENSOR,
    '-q',
  ]);
}, 300_000);

describe.each(Object.entries(SOURCES))('%s, as captures', (_, source) => {
  it.each([
    { name: 'of all time', words: [] },
    { name: 'of a part', words: ['--since', '2026-07-10', '--until', '2026-07-13'] },
    { name: 'by day of another zone', words: ['--timezone', 'Asia/Shanghai'] },
  ])('give first use by group $name', async ({ words }) => {
    const { groupUse } = await ask(DEMO, ...words);
    expect(groupUse?.groups.some(({ weeks }) => weeks.length > 0)).toBe(true);
    expect((await ask(source, ...words)).groupUse).toEqual(groupUse);
  });

  it('give what changed since an earlier report', async () => {
    const earlier = await ask(DEMO, '--since', '2026-07-08', '--until', '2026-07-10');
    writeFileSync(at('earlier.json'), JSON.stringify(earlier));
    const { comparison } = await ask(DEMO, '--against', at('earlier.json'));
    expect(comparison?.tools.length).toBeGreaterThan(0);
    expect((await ask(source, '--against', at('earlier.json'))).comparison).toEqual(comparison);
  });
});
