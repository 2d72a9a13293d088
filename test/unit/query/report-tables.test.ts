// Questions in SQL about a report get its figures: what it withholds is NULL, and windows without sums count.

import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { ask } from '../../../src/query/ask.ts';
import { namesReportTable, reportTables } from '../../../src/query/report-tables.ts';
import { openSource } from '../../../src/query/source.ts';
import { toPlainCell } from '../../../src/store/csv-file.ts';
import { openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import { wiretallyHere } from '../../cli/in-process.ts';
import { recorded, recordings } from '../../property/judged-recordings.ts';
import { temporaryFolder } from '../../temporary.ts';
import { moved, START } from '../store/made-office.ts';

const folder = temporaryFolder('tables');
const path = join(folder, 'office.duckdb');
const LATER = START + 2 * 86_400;

/** A third of what was sent is missing: a report withholds every estimate. */
const withLoss = (windows: readonly UsageWindow[]): UsageWindow[] =>
  windows.map((window) => ({
    ...window,
    rows: window.rows.map((row) => ({ ...row, lostUp: row.payloadUp })),
  }));

beforeAll(async () => {
  const [first, second] = recordings.filter(({ name }) => /^(claude-code|qwen-code).*prompt/.test(name));
  if (first === undefined || second === undefined) throw new Error('no recordings');
  const store = await openDuckdb(path, { mode: 'write' });
  await store.put(moved(await recorded(first), START, 'office', () => '10.0.0.5'));
  await store.put(withLoss(moved(await recorded(first), START, 'office-2', () => '10.0.0.6')));
  await store.put(moved(await recorded(second), LATER, 'office', () => '10.0.0.7'));
  await store.close();
}, 60_000);

async function answer(sql: string, span = {}): Promise<unknown[]> {
  const tables = reportTables(await ask(await openSource([path]), { command: '', span }));
  const store = await openDuckdb(path, { mode: 'read' });
  for (const table of tables) await store.addTable(table);
  try {
    const { columns, rows } = await store.query(sql);
    return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, toPlainCell(row[i])])));
  } finally {
    await store.close();
  }
}

describe('tables of a report', () => {
  it('have the rows and figures of the document, without sums in the store', async () => {
    const { hosts } = await ask(await openSource([path]), { command: '' });
    const expected = hosts.flatMap(({ host, tools, providers }) =>
      [...tools, ...providers].map((use) => ({
        host,
        tool: use.tool,
        confidence: use.confidence,
        least: use.requests?.min ?? null,
        most: use.requests?.max ?? null,
        minutes: use.activeMinutes,
        bytes: use.bytesUp,
        share: use.telemetry?.share ?? null,
        seen: use.firstSeen.slice(0, 19).replace('T', ' '),
      })),
    );
    expect(expected.length).toBeGreaterThan(2);
    const found = await answer(
      `SELECT host, tool, confidence, requests_min AS least, requests_max AS most, active_minutes AS minutes,
         bytes_up AS bytes, telemetry_share AS share, strftime(first_seen, '%Y-%m-%d %H:%M:%S') AS seen FROM report_tools`,
    );
    expect(found).toEqual(expected);
  });

  it('have NULL and the reason where the report withholds an estimate', async () => {
    const [row] = await answer(
      "SELECT requests_min, requests_max, active_minutes, telemetry_payload_up, withheld FROM report_tools WHERE host = '10.0.0.6' AND NOT is_provider",
    );
    expect(row).toMatchObject({
      ...{ requests_min: null, requests_max: null, active_minutes: null, telemetry_payload_up: null },
      withheld: expect.stringContaining('of the bytes are missing from the capture'),
    });
  });

  it('have NULL for bytes of a day that its log does not count', async () => {
    const unsized = join(folder, 'unsized.duckdb');
    const log = 'captures/logs/eve8-noflow';
    expect((await wiretallyHere(['analyze', log, '--timezone', 'UTC', '--store', unsized, '-q'])).code).toBe(
      0,
    );
    const tables = reportTables(await ask(await openSource([unsized]), { command: '' }));
    const days = tables.find(({ name }) => name === 'report_days');
    const cells = (head: string): unknown[] => {
      const at = days?.columns.findIndex(({ name }) => name === head) ?? -1;
      return (days?.rows ?? []).map((row) => row[at]);
    };
    const index = cells('tool').indexOf('anthropic-api');
    expect(cells('flows')[index]).toBeGreaterThan(0);
    expect(cells('bytes_up')[index]).toBeNull();
    expect(cells('bytes_down')[index]).toBeNull();
  });

  it('are those of a part of the time where that is asked', async () => {
    const all = await answer('SELECT DISTINCT host FROM report_days ORDER BY host');
    expect(all).toEqual([{ host: '10.0.0.5' }, { host: '10.0.0.6' }, { host: '10.0.0.7' }]);
    const later = await answer('SELECT DISTINCT host, date::VARCHAR AS day FROM report_days', {
      sinceSeconds: LATER,
    });
    expect(later).toEqual([{ host: '10.0.0.7', day: '2026-03-27' }]);
    expect(await answer('SELECT * FROM report_tools', { sinceSeconds: LATER + 86_400 })).toEqual([]);
  });

  it('are made for questions that name them', () => {
    expect(namesReportTable('SELECT * FROM REPORT_TOOLS')).toBe(true);
    expect(namesReportTable('SELECT * FROM "report_days" d')).toBe(true);
    expect(namesReportTable('SELECT report_tools_of FROM usage_rows')).toBe(false);
  });

  it('leave packed bytes out of sight', async () => {
    const [row] = await answer('SELECT message FROM windows LIMIT 1');
    expect(row).toEqual({ message: expect.stringMatching(/^<\d+ bytes>$/) });
  });
});
