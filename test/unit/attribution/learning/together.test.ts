// Names that a start asks at once, as a rule of a draft.
import { expect, it } from 'vitest';
import { learnTool } from '../../../../src/attribution/learning/learn-tool.ts';
import { buildRecorded } from '../../../../src/attribution/learning/recorded.ts';
import { loadCatalogue } from '../../../../src/files/catalogue-files.ts';
import { FORMS, row, smallCall, window } from '../rows.ts';

const catalogue = await loadCatalogue();
const NAMES = ['api.venice.ai', 'api.kilo.ai', 'zenmux.ai', 'hyper.charm.land'];
const options = {
  tool: 'new-tool',
  version: '1.0',
  date: '2026-11-26',
  source: 'test',
  platform: 'linux-x64',
};

const recording = (name: string, names: readonly string[]) => {
  const rows = names.map((one) => row(one, FORMS.bun1314, { exchanges: [smallCall(200)] }));
  return buildRecorded(name, [window(rows)], catalogue);
};
const drafted = (own: readonly string[][], others: readonly string[][] = []) =>
  learnTool(
    own.map((names, i) => recording(`own-${i}`, names)),
    others.map((names, i) => recording(`other-${i}`, names)),
    catalogue,
    options,
  ).entry.evidence?.filter(({ kind }) => kind === 'companion') ?? [];

it('takes the names that every recording shows, where they are many', () => {
  const names = [...NAMES].sort().map((name) => [name]);
  expect(drafted([NAMES])).toMatchObject([{ gives: 'possible', names, runtimes: ['bun'] }]);
  expect(drafted([NAMES, [...NAMES, 'api.openai.com']])).toMatchObject([{ names }]);
  expect(drafted([NAMES, NAMES.slice(1)])).toEqual([]);
});

it('is left out where another program asks them all', () => {
  expect(drafted([NAMES], [NAMES.slice(1)])).toHaveLength(1);
  expect(drafted([NAMES], [[...NAMES, 'api.openai.com']])).toEqual([]);
});
