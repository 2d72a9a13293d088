// A log that was rotated away while no sensor followed it: its rest was not read, so its time is a gap.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { namesToRecord } from '../../../src/catalogue/names-to-record.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { startFollow } from '../../../src/live/follow/follow.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('follow-replaced');
const START = 1_764_000_000;
const catalogue = await loadCatalogue();

/** Rows of connections that end at these seconds. */
const rows = (...seconds: readonly number[]): string =>
  seconds
    .map((second) => {
      const ends = {
        'id.orig_h': '10.0.0.5',
        'id.orig_p': 40_000,
        'id.resp_h': '192.0.2.1',
        'id.resp_p': 443,
      };
      const bytes = { orig_bytes: 900, resp_bytes: 900, orig_ip_bytes: 999, resp_ip_bytes: 999 };
      const row = { ts: START + second, uid: `C${second}`, ...ends, proto: 'tcp', duration: 0.1, ...bytes };
      return `${JSON.stringify({ _path: 'conn', ...row, conn_state: 'SF', orig_pkts: 5, resp_pkts: 5 })}\n`;
    })
    .join('');

/** Follows one file until all of its rows were read. */
async function follow(name: string, file: string): Promise<{ windows: UsageWindow[]; said: string[] }> {
  const windows: UsageWindow[] = [];
  const said: string[] = [];
  const { lookup, watchlist } = namesToRecord(catalogue, {});
  const watch = await startFollow({
    paths: [file],
    sensor: 'a',
    state: join(folder, name, 'state'),
    windowSeconds: 900,
    localNets: [],
    exclude: [],
    lookup,
    watchlist,
    zone: 'UTC',
    onWindows: (more) => windows.push(...more),
    print: (text) => said.push(text),
  });
  await setTimeout(6000);
  await watch.stop();
  return { windows, said };
}

const gapsOf = (windows: readonly UsageWindow[]): unknown[] => {
  const gaps = windows.flatMap((window) => window.gaps ?? []);
  const seconds = gaps.map(({ fromUs, toUs }) => [
    Math.round(fromUs / 1e6) - START,
    Math.round(toUs / 1e6) - START,
  ]);
  return [...new Set(seconds.map(String))].sort();
};

describe('a sensor that starts again', () => {
  it.each([
    ['after its log was rotated out of its sight', true, ['60,660']],
    ['with the log that it followed', false, []],
  ])('%s', { timeout: 60_000 }, async (name, isRotated, expected) => {
    const at = (file: string): string => join(folder, name, file);
    mkdirSync(at('state'), { recursive: true, mode: 0o700 });
    writeFileSync(at('conn.log'), rows(0, 30, 60));
    await follow(name, at('conn.log'));
    if (isRotated) renameSync(at('conn.log'), at('conn.1.log'));
    writeFileSync(at('conn.log'), isRotated ? rows(660, 690) : rows(0, 30, 60, 660, 690));
    const { windows, said } = await follow(name, at('conn.log'));
    expect(gapsOf(windows)).toEqual(expected);
    expect(said.filter((text) => text.includes('is a gap'))).toHaveLength(isRotated ? 1 : 0);
  });
});
