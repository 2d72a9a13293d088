// A leap second, 23:59:60, is a time: a row with it is read, in the form of each product.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('leap-seconds');
const LOGS = 'captures/logs';
const CLOCK = /(?<![\d:])\d\d:\d\d:\d\d(?![\d:])/g;

/** Logs with times in text, one of each product. */
const files = readdirSync(LOGS)
  .map((product) => {
    const [first = ''] = readdirSync(join(LOGS, product)).sort();
    return join(LOGS, product, first);
  })
  .filter((file) => statSync(file).isFile() && readFileSync(file, 'utf8').match(CLOCK) !== null);

const linesOf = async (file: string) => {
  const { out } = await wiretallyHere(['analyze', file, '--format', 'json']);
  if (out === '') return null;
  const { inputs = [], recordsFrom } = JSON.parse(out) as ReportDocument;
  return { from: recordsFrom, counts: inputs.map(({ lines, read, rows }) => ({ lines, read, rows })) };
};

it('there are logs of many products', () => {
  expect(files.length).toBeGreaterThan(15);
});

it.each(files)('in %s', async (file) => {
  const leap = join(folder, file.replaceAll('/', '-'));
  writeFileSync(leap, readFileSync(file, 'utf8').replace(CLOCK, '23:59:60'));
  const [before, after] = [await linesOf(file), await linesOf(leap)];
  expect(after?.counts).toEqual(before?.counts);
  if (after !== null) expect(after.from).not.toBeNull();
});
