// Effect of a recorded start of a new version on the builds of its tool; never a range that is narrower than the known one.

import { describe, expect, it } from 'vitest';
import { lintCatalogue } from '../../src/catalogue/lint-catalogue.ts';
import type { BuildFacts, ToolEntry } from '../../src/catalogue/schema.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { ClientFingerprint, UsageWindow } from '../../src/model/usage.ts';
import { draftBuilds, draftVersions } from '../../tools/catalogue/draft-builds.ts';
import { FORMS, row, smallCall, window } from '../unit/attribution/rows.ts';

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

describe('builds that are learnt from several versions at once', () => {
  const recorded = (version: string, form: ClientFingerprint, sizes: readonly number[]) => ({
    version,
    windows: startOf(form, sizes),
  });
  const about = { tool: 'drafted', date: '2026-11-20', source: 'a test' };
  const drafted = (entry: ToolEntry, ...recordings: readonly ReturnType<typeof recorded>[]) =>
    draftVersions(recordings, catalogue.with(entry), entry, 'linux-x64', about);
  const FOUR = [
    recorded('1.10.0', FORMS.bun144Https, [300, 400, 620, 710]),
    recorded('1.2.0', FORMS.bun141Https, [300, 400, 500, 700]),
    recorded('1.9.0', FORMS.bun144Https, [300, 400, 620]),
    recorded('1.4.0', FORMS.bun141Https, [300, 400, 500]),
  ];

  it('have the marks of the versions that show them, and of those between two that differ', () => {
    const { builds, placed, notPlaced, wrong } = drafted(ENTRY, ...FOUR);
    expect(builds?.lines[0]?.recorded).toEqual({ from: '1.2.0', to: '1.10.0', builds: 4 });
    // Calls of one version alone (700, 710) may be of its run.
    expect(spansOf(builds)).toEqual({
      'call 300': [[null, null]],
      'call 400': [[null, null]],
      'call 500': [[null, '1.8.9999999999']],
      'call 620': [['1.4.1', null]],
      'form 449b': [[null, '1.8.9999999999']],
      [`form ${FORMS.bun144Https.ja4.slice(-4)}`]: [['1.4.1', null]],
    });
    expect({ placed, notPlaced, wrong }).toEqual({ placed: 4, notPlaced: 0, wrong: [] });
    const entry = { ...ENTRY, ...(builds === undefined ? {} : { builds }) };
    const faults = lintCatalogue(catalogue.with(entry).data).filter(({ tool }) => tool === 'drafted');
    expect(faults.filter(({ path }) => path.startsWith('builds'))).toEqual([]);
  });

  it('do not depend on the order of the recordings', () => {
    expect(drafted(ENTRY, ...[...FOUR].reverse())).toEqual(drafted(ENTRY, ...FOUR));
  });

  it('extend known marks version by version, as one recording does', () => {
    const { builds: known } = drafted(ENTRY, ...FOUR);
    if (known === undefined) throw new Error('nothing was drafted');
    const entry = { ...ENTRY, builds: known };
    const newer = recorded('1.12.0', FORMS.bun144Https, [300, 400, 620]);
    expect(drafted(entry, newer).builds).toEqual(draft(entry, newer.version, newer.windows).builds);
    expect(drafted(entry, newer)).toMatchObject({ placed: 1, wrong: [] });
  });

  it('keep the date of later recordings', () => {
    const { builds } = drafted(ENTRY, ...FOUR);
    if (builds === undefined) throw new Error('nothing was drafted');
    const entry = { ...ENTRY, builds: { ...builds, date: '2026-12-01' } };
    expect(drafted(entry, ...FOUR).builds?.date).toBe('2026-12-01');
  });

  it('are none without a start', () => {
    expect(drafted(ENTRY, { version: '1.5.0', windows: [] })).toEqual({
      builds: undefined,
      remarks: ['builds: no start was seen: record from before the tool is started'],
      ...{ placed: 0, notPlaced: 1, wrong: [] },
    });
  });

  it('count recordings without a start', () => {
    expect(drafted(ENTRY, ...FOUR, { version: '1.5.0', windows: [] })).toMatchObject({
      placed: 4,
      notPlaced: 1,
    });
  });
});
