// Limits of uploads: the bytes of hours and days, as the windows count them, and no finding at the limit.
import { beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import type { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { loadPolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import { listSubjects } from '../../../src/policy/subjects.ts';
import { analyze } from '../../../src/query/library-analyze.ts';
import { openZone } from '../../../src/time/zone.ts';

const HOST = '10.77.0.2';
let catalogue: Catalogue;
let windows: readonly UsageWindow[];
let relayed: readonly UsageWindow[];
beforeAll(async () => {
  catalogue = await loadCatalogue([]);
  const windowsOf = async (name: string) =>
    (await analyze([`captures/recordings/claude-code-2.1.328-${name}.pcap.gz`], { catalogue })).windows;
  windows = await windowsOf('rt-session');
  relayed = await windowsOf('relay-nononessential');
});

/** The same two hours, a day and a week later. */
const later = (seconds: number, list: readonly UsageWindow[] = windows): UsageWindow[] =>
  list.map((window) => ({
    ...window,
    startSeconds: window.startSeconds + seconds,
    rows: window.rows.map((row) => ({
      ...row,
      firstUs: row.firstUs + seconds * 1e6,
      lastUs: row.lastUs + seconds * 1e6,
      helloTimesUs: row.helloTimesUs.map((at) => at + seconds * 1e6),
    })),
  }));

const ruleWith = (upload: string, more = '', match = 'tools: [claude-code]'): string =>
  `version: 1
name: uploads
timezone: UTC
rules:
  - { id: UP, title: uploads, match: { ${match} }, action: allow, upload: { ${upload} }${more} }
`;

function judge(text: string, list: readonly UsageWindow[]) {
  const policy = loadPolicy(text, 'p.yaml', catalogueFacts(catalogue));
  const attributions = attribute(list, catalogue, { zone: openZone('UTC') });
  const { findings, rules } = evaluate(policy, listSubjects(list, attributions));
  const uses = attributions.flatMap(({ tools, providers }) => [...tools, ...providers]);
  return {
    findings,
    said: findings.map(({ tool, result, confidence }) => `${tool} ${result} ${confidence}`),
    verdict: rules[0]?.verdict,
    sent: (tool: string) => uses.find(({ use }) => use.tool === tool)?.use.bytesUp ?? 0,
  };
}

describe('a limit of uploads', () => {
  it('is broken by a session that sends more, with the bytes of the day', () => {
    const { said, findings, verdict, sent } = judge(ruleWith('above: 1 MB, per: day'), windows);
    expect(said).toEqual(['claude-code uploaded likely']);
    expect(verdict).toBe('violated');
    expect(findings[0]?.host).toBe(HOST);
    expect(findings[0]?.uploads?.map(({ bytes }) => bytes)).toEqual([sent('claude-code')]);
    expect(sent('claude-code')).toBeGreaterThan(5_000_000);
    expect(findings[0]?.against.map(({ rule }) => rule)).toContain('upload');
    expect(findings[0]?.evidence[0]?.detail).toContain(`${sent('claude-code')} bytes`);
  });

  it('is kept by as many bytes, and broken by one more', () => {
    const { sent } = judge(ruleWith('above: 1 MB, per: day'), windows);
    const kB = (bytes: number): string => `above: ${bytes / 1000} kB, per: day`;
    expect(judge(ruleWith(kB(sent('claude-code'))), windows)).toMatchObject({
      said: [],
      verdict: 'compliant',
    });
    expect(judge(ruleWith(kB(sent('claude-code') - 1)), windows).verdict).toBe('violated');
  });

  it('counts each hour and each day alone, the largest first', () => {
    const both = [...windows, ...later(3 * 3600)];
    const { sent } = judge(ruleWith('above: 1 MB, per: day'), windows);
    const all = sent('claude-code');
    const byHour = judge(ruleWith('above: 5 MB, per: hour'), both).findings[0]?.uploads ?? [];
    expect(byHour.map(({ bytes }) => bytes)).toEqual([all, all]);
    const byDay = judge(ruleWith('above: 5 MB, per: day'), both).findings[0]?.uploads ?? [];
    expect(byDay.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(2 * all);
    const between = `above: ${(1.5 * all) / 1e6} MB`.replace(/(\.\d{3})\d*/u, '$1');
    expect(judge(ruleWith(`${between}, per: hour`), both).said).toEqual([]);
  });

  it.each([
    ['that comes twice as two', '2026-10-25T00:00:00Z', 0],
    ['that comes once as one', '2026-10-25T03:00:00Z', 1],
  ])('counts an hour %s', (_, start, found) => {
    const first = Math.min(...windows.map(({ startSeconds }) => startSeconds));
    const shift = Date.parse(start) / 1000 - Math.floor(first / 3600) * 3600;
    const next = found === 0 ? 3600 : 900;
    const { sent } = judge(ruleWith('above: 1 MB, per: day'), windows);
    const more = `above: ${((1.5 * sent('claude-code')) / 1e6).toFixed(3)} MB, per: hour`;
    const text = ruleWith(more).replace('UTC', 'Europe/Berlin');
    const { said } = judge(text, [...later(shift), ...later(shift + next)]);
    expect(said).toHaveLength(found);
  });

  it('counts nothing before it takes effect', () => {
    expect(judge(ruleWith('above: 1 kB, per: day', ', effective: 2030-01-01'), windows).said).toEqual([]);
  });

  it('is about unlisted names where the rule names them', () => {
    const text = ruleWith(
      'above: 10 kB, per: hour',
      ', evidence: { confidence: possible }',
      'tools: [relay]',
    );
    expect(judge(text, relayed).said).toEqual(['relay uploaded possible']);
  });

  it('is undecided below the limit where a log does not count all bytes', () => {
    const unsized = windows.map((window) => ({
      ...window,
      rows: window.rows.map((row) => ({ ...row, loggedSlices: row.flows, unsizedUp: 1, exchanges: [] })),
    }));
    const { said, verdict } = judge(ruleWith('above: 900 MB, per: day'), unsized);
    expect(said).toEqual([]);
    expect(verdict).toBe('inconclusive');
  });

  it.each([
    ['5 MB', '5 XB', 'a number of bytes like 5 MB'],
    ['per: day', 'per: week', 'hour'],
    ['action: allow', 'action: deny', 'rule with action allow'],
    ['per: day }', 'per: day }, telemetry: off', 'belong to different rules'],
  ])('is refused: %s as %s', (from, to, fault) => {
    const text = ruleWith('above: 5 MB, per: day').replace(from, to);
    const { errors } = parsePolicy(text, catalogueFacts(catalogue));
    expect(errors.map(({ message }) => message).join('\n')).toContain(fault);
  });
});
