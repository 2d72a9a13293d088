// Comparison of two spans: figures where both were observed, and no claim where one was not.
import { describe, expect, it } from 'vitest';
import type { Comparison, HostReport, ReportDocument } from '../../../src/model/report.ts';
import { compare, compareParts } from '../../../src/report/comparison/compare-documents.ts';
import { toolTotals } from '../../../src/report/document/report-totals.ts';
import { COMPARISON_FORMATS, renderReport } from '../../../src/report/render.ts';
import { coverageText, limitSentences } from '../../../src/report/sections/comparison.ts';
import { ENGLISH_WORDS } from '../../../src/report/text/english-words.ts';
import { openZone } from '../../../src/time/zone.ts';
import { sampleAudit, sampleDocument, sampleUse } from './sample-document.ts';

const UTC = openZone('UTC');
const days = (from: string, to: string): string[] => {
  const all: string[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += 86_400_000)
    all.push(new Date(at).toISOString().slice(0, 10));
  return all;
};
const instant = (day: string): string => `${day}T00:00:00.000000Z`;

/** A document over whole days of UTC, all of them observed by one sensor. */
function about(
  from: string,
  to: string,
  hosts: readonly HostReport[],
  more: Partial<ReportDocument> = {},
): ReportDocument {
  return {
    ...sampleDocument(),
    period: { since: instant(from), until: instant(to), timezone: 'UTC' },
    coverage: days(from, to).map((date) => ({ date, packets: 1000, kernelDrops: 0, gaps: [] })),
    stats: { ...sampleDocument().stats, kernelDrops: 0 },
    observedBy: [{ sensor: 'office', first: instant(from), last: instant(to) }],
    hosts,
    tools: toolTotals(hosts),
    notVisible: [],
    ...more,
  };
}

const use = (tool: string, minutes: number, more: Partial<Parameters<typeof sampleUse>[0]> = {}) =>
  sampleUse({
    ...{ tool, name: tool, vendor: 'V', confidence: 'likely', minutes: [minutes], megabytesUp: minutes },
    ...more,
  });

function host(name: string, tools: HostReport['tools'], more: Partial<HostReport> = {}): HostReport {
  return {
    ...{ host: name, identity: 'address', mac: null, name: null, groups: [], bytes: 1e9, flows: 9 },
    ...{ presence: ['2026-07-08'], tools, providers: [], notVisible: [], ...more },
  };
}

function compared(before: ReportDocument, after: ReportDocument): Comparison {
  const comparison = compare(before, after);
  if (comparison === null) throw new Error('nothing to compare');
  return comparison;
}

const WEEK = ['2026-07-06', '2026-07-13'] as const;
const NEXT = ['2026-07-13', '2026-07-20'] as const;

describe('a comparison', () => {
  it('tells sums, differences, and which hosts are new, without it, and gone from the network', () => {
    const before = about(...WEEK, [
      host('10.0.0.1', [use('codex', 10)]),
      host('10.0.0.2', [use('codex', 20)]),
      host('10.0.0.3', [use('codex', 5)]),
      host('10.0.0.4', []),
    ]);
    const after = about(...NEXT, [
      host('10.0.0.1', [use('codex', 30)]),
      host('10.0.0.2', []),
      host('10.0.0.4', [use('codex', 1)]),
    ]);
    const { isComparable, limits, tools, hosts, all } = compared(before, after);
    expect({ isComparable, limits }).toEqual({ isComparable: true, limits: [] });
    expect(tools).toHaveLength(1);
    expect(tools[0]).toMatchObject({
      tool: 'codex',
      hosts: { before: 3, after: 2, difference: -1 },
      activeMinutes: { before: 35, after: 31, difference: -4 },
      newHosts: ['10.0.0.4'],
      goneHosts: ['10.0.0.2'],
      absentHosts: ['10.0.0.3'],
    });
    expect(all.hosts).toEqual({ before: 3, after: 2, difference: -1 });
    expect(hosts.map(({ host: name, before: was, after: is }) => `${name} ${was} ${is}`)).toEqual([
      '10.0.0.1 used used',
      '10.0.0.2 used notSeen',
      '10.0.0.3 used absent',
      '10.0.0.4 notSeen used',
    ]);
  });

  it.each([
    [0.0053, '0.53 %'],
    [0.99999, '99.99 %'],
  ])('names a share of %d as the sentence about it does', (share, text) => {
    const span = { since: instant('2026-07-13'), until: instant('2026-07-20'), seconds: 604_800 };
    const facts = { sensors: [], hosts: 3, lossShare: 0, notVisibleShare: 0 };
    const said = coverageText({ ...span, ...facts, observedSeconds: share * 604_800 }, ENGLISH_WORDS);
    expect(said).toBe(`7 days, ${text} observed, 3 hosts on the network`);
  });

  it('excludes possible use from sums, and reports no host as new for it', () => {
    const possible = use('codex', 4, { confidence: 'possible' });
    const before = about(...WEEK, [host('10.0.0.1', [])]);
    const after = about(...NEXT, [host('10.0.0.1', [possible])]);
    const { tools, hosts } = compared(before, after);
    expect(tools).toEqual([]);
    expect(hosts[0]).toMatchObject({ before: 'notSeen', after: 'possible', newTools: [] });
  });

  it('says nothing of new or gone where a span was not observed, and takes nothing seen for nothing known', () => {
    const before = about(...WEEK, [host('10.0.0.1', [use('codex', 10)])]);
    const dark = about(...NEXT, [host('10.0.0.2', [use('qwen-code', 1)])], {
      observedBy: [{ sensor: 'office', first: instant('2026-07-13'), last: instant('2026-07-14') }],
      coverage: [{ date: '2026-07-13', packets: 9, kernelDrops: 0, gaps: [] }],
    });
    const comparison = compared(before, dark);
    expect(comparison.isComparable).toBe(false);
    expect(comparison.limits[0]).toMatchObject({ limit: 'notObserved', span: 'after' });
    const [codex, qwen] = ['codex', 'qwen-code'].map((id) =>
      comparison.tools.find(({ tool }) => tool === id),
    );
    expect(codex).toMatchObject({
      hosts: { before: 1, after: null, difference: null },
      activeMinutes: { before: 10, after: null, difference: null },
      newHosts: null,
      goneHosts: null,
      absentHosts: null,
    });
    expect(qwen?.hosts).toEqual({ before: 0, after: 1, difference: null });
    expect(comparison.all.bytesUp.perDay).toBeUndefined();
    expect(limitSentences(comparison, UTC)[0]).toContain('figures are lower bounds');
    expect(comparison.hosts.map(({ before: was, after: is }) => [was, is])).toEqual([
      ['used', 'unknown'],
      ['absent', 'used'],
    ]);
  });

  it('tells holes, days without windows, silent sensors, loss and sensors of one span alone', () => {
    const gap = { from: instant('2026-07-14'), to: '2026-07-14T12:00:00.000000Z', reason: 'restart' };
    const coverage = days(...NEXT)
      .filter((date) => date !== '2026-07-16')
      .map((date) => ({ date, packets: 9, kernelDrops: 0, gaps: date === '2026-07-14' ? [gap] : [] }));
    const after = about(...NEXT, [host('10.0.0.1', [use('codex', 7)])], {
      coverage,
      stats: { ...sampleDocument().stats, packets: 900, kernelDrops: 100 },
      sensors: [
        {
          ...{ sensor: 'lab', first: null, last: null, windows: 0, hours: 0 },
          silent: [{ from: instant('2026-07-13'), to: instant('2026-07-20') }],
        },
      ],
      observedBy: [
        { sensor: 'lab', first: instant('2026-07-13'), last: instant('2026-07-20') },
        { sensor: 'office', first: instant('2026-07-13'), last: instant('2026-07-20') },
      ],
    });
    const comparison = compared(about(...WEEK, [host('10.0.0.1', [use('codex', 7)])]), after);
    expect(comparison.after.observedSeconds).toBe(5.5 * 86_400);
    expect(comparison.limits.map(({ limit, span }) => `${limit} ${span}`)).toEqual([
      'partly after',
      'silent after',
      'loss after',
      'sensors after',
    ]);
    expect(comparison.all.bytesUp.perDay?.before).toBeCloseTo(1e6, -1);
    expect(limitSentences(comparison, UTC)[0]).toContain('21 % of the time was not observed');
  });

  it('reports unequal spans, with averages next to the sums, and unequal weekends', () => {
    const one = [host('10.0.0.1', [use('codex', 7)])];
    const longer = compared(about('2026-06-29', '2026-07-13', one), about(...NEXT, one));
    expect(longer.limits.map(({ limit }) => limit)).toEqual(['length']);
    expect(longer.all.activeMinutes.perDay).toEqual({ before: 0.5, after: 1 });
    const shifted = compared(about('2026-07-08', '2026-07-11', one), about('2026-07-11', '2026-07-14', one));
    expect(shifted.limits.map(({ limit }) => limit)).toEqual(['weekend']);
    expect(shifted.all.activeMinutes.perDay).toBeUndefined();
  });

  it('makes no difference of an estimate that is missing for one use', () => {
    const unknown = use('codex', 5, { estimated: false });
    const before = about(...WEEK, [host('10.0.0.1', [use('codex', 5)]), host('10.0.0.2', [unknown])]);
    const after = about(...NEXT, [host('10.0.0.1', [use('codex', 5)])]);
    const [codex] = compared(before, after).tools;
    expect(codex?.activeMinutes).toEqual({ before: 5, after: 5, difference: null });
    expect(codex?.requests.difference).toBeNull();
    expect(codex?.bytesUp.difference).toBe(-5e6);
  });

  it('makes no difference of bytes that a log does not count', () => {
    const logged = { field: 'bytesUp', reason: 'the log counts none' };
    const unknown = { ...use('codex', 0), bytesUp: 0, bytesDown: 70, withheld: [logged] };
    const known = { ...use('codex', 0), bytesUp: 500, bytesDown: 90 };
    const part = [known, { ...unknown, tool: 'amp' }];
    const [before, after] = [
      about(...WEEK, [host('10.0.0.1', [unknown])]),
      about(...NEXT, [host('10.0.0.1', part)]),
    ];
    const { hosts, tools } = compared(before, after);
    expect(tools.find(({ tool }) => tool === 'codex')).toMatchObject({
      bytesUp: { before: null, after: 500, difference: null },
      bytesDown: { before: 70, after: 90, difference: 20 },
    });
    expect(hosts[0]).toMatchObject({ bytesUp: { before: null, after: 500, difference: null } });
  });

  it('compares violations only where the rules were in force in all of both', () => {
    const audit = sampleAudit();
    const policy = { policy: audit.policy, findings: audit.findings } as Partial<ReportDocument>;
    const hosts = audit.hosts;
    const since = compared(
      about('2026-07-20', '2026-07-27', hosts, policy),
      about('2026-07-27', '2026-08-03', hosts, policy),
    );
    expect(since.all.violations).toEqual({ before: 1, after: 1, difference: 0 });
    const across = compared(
      about(...WEEK, hosts, { ...policy, findings: [] }),
      about(...NEXT, hosts, policy),
    );
    expect(across.limits).toContainEqual({ limit: 'rule', span: 'before', names: ['AI-0710'] });
    expect(across.all.violations).toEqual({ before: 0, after: 1, difference: null });
    expect(compared(about(...WEEK, hosts), about(...NEXT, hosts)).all.violations).toBeNull();
  });

  it('shows no figures of a tool that is suppressed in either span', () => {
    const hosts = [host('10.0.0.1', [use('codex', 7)])];
    const hidden = about(...WEEK, hosts);
    const tools = hidden.tools.map((tool) => ({ ...tool, suppressed: true as const }));
    const [codex] = compared({ ...hidden, tools }, about(...NEXT, hosts)).tools;
    expect(codex).toMatchObject({ suppressed: true, hosts: { before: null, after: null }, newHosts: null });
    expect(codex?.bytesUp).toEqual({ before: null, after: null, difference: null });
  });

  it('looks in both spans for a host that fits in one: who only began to use a tool was there before', () => {
    const before = about(...WEEK, [host('10.0.0.1', []), host('10.0.0.2', [])]);
    const after = about(...NEXT, [host('10.0.0.1', [use('codex', 3)]), host('10.0.0.2', [])]);
    const comparison = compareParts(before, after, ({ tools }) => tools.length > 0, {});
    expect(comparison?.hosts.map(({ host: name, before: was }) => [name, was])).toEqual([
      ['10.0.0.1', 'notSeen'],
    ]);
  });

  it('claims a change of estimates only where ranges do not overlap', async () => {
    const before = about(...WEEK, [host('10.0.0.1', [use('codex', 10)])]);
    const texts = await Promise.all(
      [10, 100].map((minutes) => {
        const after = about(...NEXT, [host('10.0.0.1', [use('codex', minutes)])]);
        return renderReport({ ...after, comparison: compared(before, after) }, 'md');
      }),
    );
    expect(texts.map((text) => /20–30 to 200–300 \(more\)/.test(text))).toEqual([false, true]);
  });

  it('of nothing is nothing', () => {
    const empty = about(...WEEK, [], { period: { since: null, until: null, timezone: 'UTC' } });
    expect(compare(empty, about(...NEXT, []))).toBeNull();
  });

  it.each(COMPARISON_FORMATS)('is shown by %s, hostile names as text', async (format) => {
    const evil = host('10.0.0.1', [use('codex', 10)], {
      name: '"><script>alert(1)</script>\u202e\u001b[31m',
    });
    const after = about(...NEXT, [evil]);
    const comparison = compared(about(...WEEK, [evil]), after);
    const text = await renderReport({ ...after, comparison }, format, {
      width: 200,
      color: false,
      unicode: true,
    });
    expect(text).toContain('10.0.0.1');
    if (format !== 'json') {
      expect(text).not.toContain('\u202e');
      expect(text).not.toContain('\u001b[31m');
    }
    if (format === 'html' || format === 'md') expect(text).not.toContain('<script>alert');
    if (format === 'terminal') expect(text.split('\n').filter((line) => line.length > 200)).toEqual([]);
  });
});
