// What 0.1.0 has written is read: windows, a journal of findings, a spool, a note of a sensor, and the tables of a store.
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readJournal } from '../../src/live/alerts/alert-journal.ts';
import { openDuckdb } from '../../src/store/duckdb/duckdb-store.ts';
import { readNote } from '../../src/store/sensor-note.ts';
import { openSpool } from '../../src/store/spool.ts';
import { readUsageFile } from '../../src/store/usage-file.ts';
import { askDuckdb } from '../unit/store/ask-duckdb.ts';

const FOLDER = 'test/released/0.1.0';
const file = (name: string): string => join(FOLDER, name);
const folder = mkdtempSync(join(tmpdir(), 'wiretally-released-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('of version 0.1.0', () => {
  it('a .usage file is read whole', async () => {
    const { windows, damage } = await readUsageFile(file('windows.usage'));
    expect(damage).toEqual([]);
    expect(windows.length).toBeGreaterThan(0);
    const sum = (of: (window: (typeof windows)[number]) => number): number =>
      windows.reduce((all, window) => all + of(window), 0);
    expect({
      packets: sum(({ stats }) => stats.packets),
      hosts: sum(({ hosts }) => hosts.length),
      rows: sum(({ rows }) => rows.length),
      bytesUp: sum(({ rows }) => rows.reduce((all, { bytesUp }) => all + bytesUp, 0)),
    }).toEqual(JSON.parse(readFileSync(file('sums.json'), 'utf8')));
  });

  it('a DuckDB store opens, takes windows and gives them back', async () => {
    const path = join(folder, 'store.duckdb');
    await askDuckdb(path, readFileSync(file('store.sql'), 'utf8'));
    const { windows } = await readUsageFile(file('windows.usage'));
    const store = await openDuckdb(path, { mode: 'write' });
    expect(await store.put(windows)).toMatchObject({ added: windows.length });
    await store.close();
    const reader = await openDuckdb(path, { mode: 'read' });
    expect(await reader.windows()).toEqual(windows);
    await reader.close();
  });

  it('a journal of findings says what waits and what was delivered', () => {
    const { known, waiting, provisional, lines } = readJournal(file('alerts.ndjson'));
    expect([...known]).toEqual([
      ['1', ['mail', 'soc']],
      ['2', ['soc']],
      ['3', ['soc']],
    ]);
    expect([...waiting].map(([sink, alerts]) => [sink, [...alerts.keys()]])).toEqual([
      ['mail', ['1']],
      ['soc', ['2']],
    ]);
    expect([...provisional.keys()]).toEqual(['s']);
    expect(lines).toBe(5);
  });

  it('a spool and a note of a sensor keep the highest revision', async () => {
    copyFileSync(file('spool.json'), join(folder, '.spool.json'));
    const { sensors, newestSignedConfig } = await openSpool(folder);
    expect(newestSignedConfig?.revision).toBe(7);
    expect(sensors['paris-1']).toMatchObject({ keepsName: true, newestSignedConfig: 7 });
    expect(readNote(readFileSync(file('note.json'), 'utf8'))).toMatchObject({
      sensor: 'paris-1',
      signedConfig: { revision: 7 },
      refused: { windows: 2 },
    });
  });
});
