// Effect of a recorded start of a new version on the builds of its tool; never a range that is narrower than the known one.

import { describe, expect, it } from 'vitest';
import { draftBuilds } from '../../../../src/attribution/builds/draft-builds.ts';
import { lintCatalogue } from '../../../../src/catalogue/lint.ts';
import type { BuildFacts, ToolEntry } from '../../../../src/catalogue/schema.ts';
import { loadCatalogue } from '../../../../src/files/catalogue-files.ts';
import type { ClientFingerprint, UsageWindow } from '../../../../src/model/usage.ts';
import { FORMS, row, smallCall, window } from '../rows.ts';

const catalogue = await loadCatalogue();
const API = 'api.drafted.example';

function startOf(form: ClientFingerprint, sizes: readonly number[]): UsageWindow[] {
  return [window([row(API, form, { exchanges: sizes.map((size) => smallCall(size)) })])];
}

const ENTRY: ToolEntry = {
  ...{ id: 'drafted', name: 'Drafted', vendor: 'x', kind: 'cli', homepage: '', runtimes: ['bun'] },
  endpoints: [
    {
      ...{ host: API, match: 'exact', role: 'inference', specificity: 'tool', protocol: 'https' },
      ...{ confidence: 'low', whyLow: 'x', sources: ['a test'], firstSeen: '2026-11-20' },
    },
  ],
};

function draft(entry: ToolEntry, version: string, windows: readonly UsageWindow[]) {
  const about = { tool: 'drafted', version, date: '2026-11-20', source: 'a test' };
  return draftBuilds(windows, catalogue.with(entry), entry, 'linux-x64', about);
}

/** Spans by mark: "call 300", "form …last digits". */
function spansOf(builds: BuildFacts | undefined): Record<string, unknown> {
  const marks = builds?.lines.flatMap((line) => line.marks) ?? [];
  return Object.fromEntries(
    marks.map((mark) => [
      mark.kind === 'call'
        ? `call ${mark.up}`
        : mark.kind === 'form'
          ? `form ${mark.forms[0]?.ja4.slice(-4)}`
          : '',
      mark.in,
    ]),
  );
}

describe('builds that are learnt', () => {
  const first = draft(ENTRY, '1.2.3', startOf(FORMS.bun141Https, [300, 400]));

  it('say of one recorded version that any other may show the same', () => {
    expect(first.builds?.lines).toMatchObject([
      { id: 'linux-x64', runtimes: ['bun'], recorded: { from: '1.2.3', to: '1.2.3', builds: 1 } },
    ]);
    expect(spansOf(first.builds)).toEqual({
      'call 300': [[null, null]],
      'call 400': [[null, null]],
      'form 449b': [[null, null]],
    });
  });

  it('part a newer form from an older one, and leave other news to a person', () => {
    if (first.builds === undefined) throw new Error('nothing was drafted');
    const { builds, remarks } = draft(
      { ...ENTRY, builds: first.builds },
      '1.2.9',
      startOf(FORMS.bun144Https, [300, 555]),
    );
    expect(builds?.lines[0]?.recorded).toEqual({ from: '1.2.3', to: '1.2.9', builds: 2 });
    expect(spansOf(builds)).toEqual({
      'call 300': [[null, null]],
      'call 400': [[null, null]],
      'form 449b': [[null, '1.2.8']],
      'form 352d': [['1.2.4', null]],
    });
    expect(remarks).toEqual([`builds: 1.2.9 shows what no mark has: call ${API}: 555 bytes`]);
    if (builds === undefined) throw new Error('nothing was drafted');
    const { data } = catalogue.with({ ...ENTRY, builds });
    expect(lintCatalogue(data, new Set(['drafted']))).toEqual([]);
  });

  it('are none of a tool on the Node of its user, and none without a start or a version', () => {
    const onNode = { ...ENTRY, runtimes: ['node'] };
    expect(draft(onNode, '1.2.3', startOf(FORMS.node22Fetch, [300, 400])).builds).toMatchObject({
      cannotSay: expect.stringContaining('Node of its user'),
      lines: [],
    });
    expect(draft(ENTRY, '1.2.3', startOf(FORMS.bun144Https, [300])).remarks).toEqual([
      'builds: no start was seen: record from before the tool is started',
    ]);
    expect(draft(ENTRY, 'nightly', startOf(FORMS.bun144Https, [300, 400])).remarks).toEqual([
      'builds: "nightly" is no version of three numbers, so none is drafted',
    ]);
  });
});
