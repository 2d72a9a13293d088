// Sums of a report count once: by host, by tool, by time and by role they are those of its rows.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import { listFirstUses } from '../../src/attribution/first-use.ts';
import { attributePeriods } from '../../src/attribution/sums/attribute-periods.ts';
import { BREAKDOWNS } from '../../src/model/breakdowns.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { makeFirstSeen } from '../../src/query/earlier-use.ts';
import { buildReport } from '../../src/report/document/document.ts';
import { breakDown } from '../../src/report/document/part-sums.ts';
import { statsOfWindows } from '../../src/report/document/window-totals.ts';
import { unixSeconds } from '../../src/report/text/instant-text.ts';
import { buildAttributor } from '../../src/store/attributor.ts';
import { openDuckdb, openDuckdbPeriods } from '../../src/store/duckdb/duckdb-store.ts';
import { History } from '../../src/store/history.ts';
import { openZone } from '../../src/time/zone.ts';
import { mergeWindows } from '../../src/window/merge-windows.ts';
import { askHistory, frameOf } from '../unit/store/ask-history.ts';
import { moved, START } from '../unit/store/made-office.ts';
import { catalogue, recorded, recordings, windowsOf } from './judged-recordings.ts';
import { expectWholeSums } from './whole-sums.ts';

function reported(windows: readonly UsageWindow[], timezone: string) {
  const zone = openZone(timezone);
  const firstSeenEver = makeFirstSeen(listFirstUses(attributePeriods(windows, catalogue)));
  const attributions = attribute(windows, catalogue, { zone, firstSeenEver });
  const document = buildReport({ ...frameOf(timezone, statsOfWindows(windows), []), attributions, windows });
  return { document, breakdowns: BREAKDOWNS.map((by) => breakDown({ attributions, windows, zone, by })) };
}

describe('sums of a report', () => {
  it.each(recordings.map(({ name, file }) => ({ name, file })))(
    'are those of its rows: $name',
    async ({ file }) => {
      const recording = recordings.find((one) => one.file === file);
      const windows = recording === undefined ? [] : mergeWindows(await recorded(recording));
      const { document, breakdowns } = reported(windows, 'Asia/Kathmandu');
      expectWholeSums(document, breakdowns);
    },
  );

  it.each(['UTC', 'Asia/Shanghai'])(
    'are those of its rows over a week of an office in %s',
    async (timezone) => {
      const { document, breakdowns } = reported(
        mergeWindows(await windowsOf('captures/demo.pcap.gz')),
        timezone,
      );
      expect(document.hosts.length).toBeGreaterThan(30);
      expectWholeSums(document, breakdowns);
    },
  );
});

/** Every recording on one host, one per day: a result that is likely on one day is only possible on another. */
describe('sums of a host that used everything', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-sums-'));
  let windows: UsageWindow[] = [];
  beforeAll(async () => {
    const days: UsageWindow[] = [];
    for (const [day, recording] of recordings.entries())
      days.push(
        ...moved(await recorded(recording), START + day * 86_400 + 39_600, `s${day}`, () => '10.0.0.7'),
      );
    windows = mergeWindows(days);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are those of its rows, and the same out of a store', async () => {
    const { document, breakdowns } = reported(windows, 'Europe/Berlin');
    expectWholeSums(document, breakdowns);
    // A day on which a tool is only possible is neither the first nor the last of its use.
    const zone = openZone('Europe/Berlin');
    for (const use of document.hosts.flatMap(({ tools }) => tools))
      expect([use.tool, ...[use.firstSeen, use.lastSeen].map((at) => zone.dayOf(unixSeconds(at)))]).toEqual([
        use.tool,
        ...[use.days[0], use.days.at(-1)].map((day) => day?.date),
      ]);
    const attributor = buildAttributor(catalogue, 'test');
    const path = join(folder, 'all.duckdb');
    const store = await openDuckdb(path, { mode: 'write', attributor });
    await store.put(windows);
    await store.close();
    const asked = await askHistory(
      new History(await openDuckdbPeriods(path), attributor),
      { from: 0, to: 10_000_000_000 },
      'Europe/Berlin',
    );
    expectWholeSums(asked.document, asked.breakdowns);
    expect(asked.breakdowns).toEqual(breakdowns);
    expect(asked.document.hosts).toEqual(document.hosts);
  });
});
