// Two violated rules: the more severe one leads every output, and both have a block of their own.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding, PolicyHeader, ReportDocument, RuleSummary } from '../../../src/model/report.ts';
import { renderReport } from '../../../src/report/render.ts';
import { Activity } from '../../../src/report/screen/activity.ts';
import { FIRST_FOCUS } from '../../../src/report/screen/focus.ts';
import { drawFrame } from '../../../src/report/screen/screen-frame.ts';
import { NO_RATES } from '../../../src/report/screen/state.ts';
import { PLAIN, UNICODE_GLYPHS } from '../../../src/report/text/render-options.ts';
import { painter } from '../../../src/text/text-layout.ts';
import { sampleAudit } from './sample-document.ts';

const CODEX = 'AI-0001';
const CLAUDE = 'AI-0710';

const only = <T>(list: readonly T[] | undefined): T => {
  const [item] = list ?? [];
  if (item === undefined) throw new Error('the sample has none');
  return item;
};

/** A medium rule about Codex stands before the high one about Claude Code, and a third one allows Copilot. */
function twoViolated(): ReportDocument {
  const audit = sampleAudit();
  const header = only(audit.policy?.rules);
  const finding = only(audit.findings);
  const medium: PolicyHeader['rules'][number] = {
    ...{ ...header, id: CODEX, rev: 1, title: 'Codex is banned', severity: 'medium', graceUntil: null },
    ...{ effective: '2026-07-12T16:00:00.000000Z', tools: ['codex'], toolNames: ['Codex'] },
  };
  const allow: PolicyHeader['rules'][number] = {
    ...{ ...medium, id: 'OK-1', title: 'Copilot may be used', action: 'allow', severity: 'info' },
    ...{ effective: null, tools: ['github-copilot'], toolNames: ['GitHub Copilot'] },
  };
  const rulesOfTool: Readonly<Record<string, string>> = { codex: CODEX, 'github-copilot': 'OK-1' };
  const own: Finding = {
    ...{ ...finding, id: `${CODEX}/10.20.2.8/codex`, rule: CODEX, rev: 1, host: '10.20.2.8' },
    ...{ tool: 'codex', severity: 'medium', days: ['2026-07-13', '2026-07-14'] },
  };
  const { policy, summary } = audit;
  if (policy === undefined || summary === undefined) throw new Error('the sample has no policy');
  const ofCodex: RuleSummary = {
    ...only(summary.rules),
    ...{ rule: CODEX, reasons: [], before: 0, grace: 0, after: 1, suspected: 0, exempt: 0, notSeenSince: 0 },
  };
  return {
    ...audit,
    policy: { ...policy, rules: [medium, { ...header, toolNames: ['Claude Code'] }, allow] },
    summary: { rules: [ofCodex, ...summary.rules] },
    findings: [own, ...(audit.findings ?? [])],
    hosts: audit.hosts.map((host) => ({
      ...host,
      tools: host.tools.map((use) => {
        const rule = rulesOfTool[use.tool];
        return rule === undefined
          ? use
          : { ...use, days: use.days.map((day) => ({ ...day, rules: [rule] })) };
      }),
    })),
  };
}

/** Where in a text each of some words stands first. */
const order = (text: string, words: readonly string[]): string[] =>
  words
    .map((word) => ({ word, at: text.indexOf(word) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ word }) => word);

describe('two violated rules', () => {
  let page = '';
  beforeAll(async () => {
    page = await renderReport(twoViolated(), 'html');
  });
  const section = (id: string): string =>
    new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(page)?.[0] ?? '';

  it('have a block each on the page, the more severe one first, with a chart and numbers of its own', () => {
    const blocks = section('verdict').split('<div class="vrule">').slice(1);
    expect(blocks.map((block) => /rule (\S+), revision/.exec(block)?.[1])).toEqual([CLAUDE, CODEX]);
    expect(blocks[0]).toContain('<h1 id="vh">1 of 7 hosts in scope used Claude Code');
    expect(blocks[1]).toContain('<h2>1 of 7 hosts in scope used Codex');
    for (const block of blocks) {
      expect(block.match(/<figure class="vchart">/g)).toHaveLength(1);
      expect(block.match(/<li class="viol"><b>1<\/b>/g)).toHaveLength(1);
    }
    expect(blocks[1]).toMatch(/revision 1, from [^<]*13 July/);
    expect(section('verdict')).not.toContain('class="more"');
  });

  it('have charts with ids of their own', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are told apart in the table of violators, the more severe one first', () => {
    const rules = [...section('violators').matchAll(/data-l="Rule"[^>]*>([^<]+)</g)].map(([, rule]) => rule);
    expect(rules).toEqual([CLAUDE, CODEX, CLAUDE]);
  });

  it('lead the terminal, Markdown and the sheet by severity', async () => {
    for (const format of ['terminal', 'md'] as const) {
      const text = await renderReport(twoViolated(), format, PLAIN);
      expect(order(text, ['(AI-0001 rev 1)', '(AI-0710 rev 2)'])).toEqual([
        '(AI-0710 rev 2)',
        '(AI-0001 rev 1)',
      ]);
    }
    const sheet = await renderReport(twoViolated(), 'summary', PLAIN);
    const titles = new Map(twoViolated().policy?.rules.map(({ id, title }) => [id, title]));
    const [severe = '', other = ''] = [titles.get(CLAUDE), titles.get(CODEX)];
    expect(order(sheet, [other, severe])).toEqual([severe, other]);
  });

  it('are both on the live screen, on a small one too', () => {
    const state = {
      ...{
        document: twoViolated(),
        early: null,
        connections: null,
        activity: new Activity(),
        health: null,
        rates: NO_RATES,
      },
      ...{ messages: [], isNew: new Set<string>(), clock: '', trouble: null },
    };
    for (const [columns, lines] of [
      [80, 24],
      [120, 40],
    ] as const) {
      const brush = { glyphs: UNICODE_GLYPHS, paint: painter(false), unicode: true };
      const { lines: drawn } = drawFrame(state, FIRST_FOCUS, { columns, lines }, brush);
      const text = drawn.join('\n');
      expect(drawn).toHaveLength(lines);
      expect(order(text, ['Claude Code is banned', 'Codex is banned'])).toEqual([
        'Claude Code is banned',
        'Codex is banned',
      ]);
      expect(text.match(/1 of 7 hosts in scope used it/g)).toHaveLength(2);
      expect(text).not.toContain('more rule');
    }
  });

  it('leave what a rule allows out of the block of banned tools', () => {
    const row = /<tr data-q="10\.20\.2\.8 [\s\S]*?<\/tr>/.exec(section('hosts'))?.[0] ?? '';
    const cells = [...row.matchAll(/<td class="c [^"]*">(\d*)/g)].map(([, minutes = '']) => Number(minutes));
    expect(cells).toEqual([60, 40, 50, 0, 0, 74, 80, 90, 60, 60, 0, 0, 40, 105]);
    expect(section('tools')).toMatch(/GitHub Copilot[\s\S]*?approved/);
  });
});

describe('a rule that limits an allowed tool', () => {
  /** The rule about Codex allows it, and a finding says that the limit was passed. */
  const limited = async (
    limit: Pick<PolicyHeader['rules'][number], 'telemetry' | 'via' | 'upload'>,
    result: Finding['result'],
  ): Promise<string> => {
    const audit = twoViolated();
    const rules = (audit.policy?.rules ?? []).map((rule) =>
      rule.id === CODEX
        ? { ...rule, ...limit, action: 'allow' as const, severity: 'critical' as const }
        : rule,
    );
    const findings = (audit.findings ?? []).map((finding) =>
      finding.rule === CODEX ? { ...finding, result, severity: 'critical' as const } : finding,
    );
    const { policy } = audit;
    if (policy === undefined) throw new Error('the sample has no policy');
    const page = await renderReport({ ...audit, policy: { ...policy, rules }, findings }, 'html');
    return page.slice(
      page.indexOf('class="vrule"'),
      page.indexOf('class="vrule"', page.indexOf('class="vrule"') + 1),
    );
  };

  it.each([
    [{ telemetry: 'off' as const }, 'telemetrySent' as const, 'sent telemetry while the rule was in force'],
    [
      { upload: { bytes: 1 } as never },
      'uploaded' as const,
      'sent more than the rule permits while the rule was in force',
    ],
    [{ via: [] as never }, 'bypass' as const, 'around the required gateways'],
  ])('accuses no host of using it on the first screen: %j', async (limit, result, says) => {
    const first = await limited(limit, result);
    expect(first).toContain(says);
    expect(first).not.toMatch(/used it while|Used in violation|Hosts with Codex|banned tool/);
  });
});
