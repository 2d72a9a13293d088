// Signs of builds as a DuckDB store joins them: the same days of builds as from the text of each period.

import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { signDays } from '../../../src/attribution/builds/build-days.ts';
import type { BuildSign } from '../../../src/model/tool.ts';
import { openQueries } from '../../../src/store/duckdb/dialect.ts';
import { listSigns, SignTexts } from '../../../src/store/sql/sign-texts.ts';
import { signsText } from '../../../src/store/sql/tables.ts';
import { zoneSql } from '../../../src/store/sql/zone-sql.ts';
import { openZone } from '../../../src/time/zone.ts';

const MORNING = 1_783_036_800_000_000;
const HOUR = 3_600_000_000;
const EARLY: BuildSign['spans'] = [['2.1.133', '2.1.139']];
const LATE: BuildSign['spans'] = [['2.1.140', null]];

const sign = (kind: BuildSign['kind'], hours: number, spans: BuildSign['spans']): BuildSign => ({
  ...{ kind, atUs: MORNING + hours * HOUR, spans, marks: [], why: null, platforms: [] },
});
const used = (spans: BuildSign['spans'], ...hours: number[]): BuildSign[] =>
  hours.map((hour) => sign('used', hour, spans));
const update = { name: 'downloads.claude.ai', firstUs: MORNING, lastUs: MORNING + HOUR, payloadDown: 7e6 };

/** Texts of the periods of one use each, and the number of texts that are read of it. */
const USES: Readonly<Record<string, readonly [texts: readonly string[], read: number]>> = {
  oneForm: [
    [signsText(used(EARLY, 1, 2, 3), []), signsText(used(EARLY, 5, 6), []), signsText(used(null, 7), [])],
    1,
  ],
  overMidnight: [[signsText(used(EARLY, 1, 2), []), signsText(used(EARLY, 22, 30), [])], 2],
  twoForms: [[signsText([...used(EARLY, 1, 2), ...used(LATE, 3)], []), signsText(used(LATE, 30, 31), [])], 2],
  starts: [[signsText([sign('start', 0, EARLY), sign('start', 1, EARLY), ...used(EARLY, 2)], [])], 1],
  newer: [
    [
      signsText(
        used(EARLY, 1, 2).map((one) => ({ ...one, newerSince: '2026-11-20' })),
        [],
      ),
    ],
    1,
  ],
  updates: [[signsText(used(EARLY, 1, 2), [update])], 1],
  smallTimes: [['[[5,"used",null],[1783036800000000,"used",null],[1783036800000001,"used",null]]'], 1],
};

it.each(['UTC', 'Asia/Tokyo', 'America/New_York'])('gives the same days of builds in %s', async (name) => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run('CREATE TABLE builds (host VARCHAR, period BIGINT, signs VARCHAR)');
  let period = 0;
  for (const [use, [texts]] of Object.entries(USES))
    for (const text of texts)
      await connection.run('INSERT INTO builds VALUES ($1, $2, $3)', [use, BigInt(period++), text]);
  const { dialect, rows } = openQueries(connection);
  const zone = openZone(name);
  const days = zoneSql(zone, { from: 1_783_000_000, to: 1_784_000_000 }, dialect.divide);
  const found = await rows(dialect.signs?.('host', '(SELECT * FROM builds)', days.day) ?? '');
  for (const [use, [texts, read]] of Object.entries(USES)) {
    const joined = found.filter(([host]) => host === use).map(([, text]) => String(text));
    const daysOf = (list: readonly string[]) => {
      const kept = list.map((text) => new SignTexts(zone).keep(text));
      return [signDays(kept.flatMap(listSigns), zone), kept.flatMap(({ updates }) => updates)];
    };
    expect(daysOf(joined)).toEqual(daysOf(texts));
    if (name === 'UTC') expect([use, joined.length]).toEqual([use, read]);
  }
  connection.closeSync();
  instance.closeSync();
});
