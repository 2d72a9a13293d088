// Sums of a report have no bytes where no log of their flows counts them, because 0 bytes would look like a measurement.

import { expect, it } from 'vitest';
import { finishBreakdown, type PartSums } from '../../../src/report/document/finish-breakdown.ts';
import { buildContext, cellText } from '../../../src/report/sections/section.ts';
import { TOOLS } from '../../../src/report/sections/tools.ts';
import { ENGLISH_WORDS } from '../../../src/report/text/english-words.ts';
import { openZone } from '../../../src/time/zone.ts';
import { sampleDocument } from './sample-document.ts';

const PART: PartSums = {
  ...{ key: 'amp', hosts: 1, tools: 1, flows: 4, bytesUp: 900, bytesDown: 700, payloadUp: 300 },
  ...{
    requests: null,
    modelPayloadUp: null,
    telemetryPayloadUp: null,
    activeMinutes: 0,
    notVisibleShare: null,
  },
};

it.each<{ name: string; part: Partial<PartSums>; expected: object }>([
  { name: 'counted bytes', part: {}, expected: { bytesUp: 900, bytesDown: 700, payloadUp: 300 } },
  {
    name: 'a log without bytes',
    part: { bytesUp: 0, bytesDown: 0, payloadUp: 0 },
    expected: { bytesUp: null, bytesDown: null, payloadUp: null },
  },
  {
    name: 'a log of answers only',
    part: { bytesUp: 0, payloadUp: 0 },
    expected: { bytesUp: null, bytesDown: 700, payloadUp: null },
  },
  {
    name: 'a server that did not answer',
    part: { bytesDown: 0, payloadUp: 0 },
    expected: { bytesUp: 900, bytesDown: 0, payloadUp: 0 },
  },
])('a breakdown of $name', ({ part, expected }) => {
  const { rows } = finishBreakdown('tool', [{ ...PART, ...part }], openZone('UTC'), (tool) => tool);
  expect(rows[0]).toMatchObject(expected);
});

it('a table of tools', () => {
  const document = sampleDocument();
  const [tool] = document.tools;
  const [table] = TOOLS.tables;
  if (tool === undefined || table === undefined) throw new Error('no table of tools');
  const context = buildContext(document, ENGLISH_WORDS, 'page');
  const cells = (row: typeof tool) =>
    table
      .columns(context, [row])
      .filter(({ kind }) => kind === 'bytes')
      .map((column) => cellText(column, row, context));
  expect(cells({ ...tool, flows: 4, bytesUp: null, bytesDown: null })).toEqual(['–', '–']);
  expect(cells({ ...tool, flows: 4, bytesUp: null, bytesDown: 700 })).toEqual(['–', '700 B']);
  expect(cells({ ...tool, flows: 4, bytesUp: 900, bytesDown: 0 })).toEqual(['900 B', '0 B']);
});
