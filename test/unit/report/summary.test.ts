// The sheet for managers: what stands where, and that nothing uncertain stands among what is sure.
import { describe, expect, it } from 'vitest';
import { VERDICT_LIMITS } from '../../../src/model/findings.ts';
import type { ReportDocument, RuleSummary } from '../../../src/model/report.ts';
import { renderSummary } from '../../../src/report/html/compliance-summary.ts';
import { messagesFor } from '../../../src/report/text/english-words.ts';
import { listDoubts } from '../../../src/report/text/plain-doubts.ts';
import { buildVerdicts } from '../../../src/report/text/verdict.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

/** The texts below a heading, up to the next one. */
async function part(document: ReportDocument, heading: string): Promise<string> {
  const sheet = await renderSummary(document);
  const found = new RegExp(`<h2>${heading}</h2>([\\s\\S]*?)(?:<h2>|</main>)`).exec(sheet)?.[1];
  if (found === undefined) throw new Error(`no heading ${heading}`);
  return found;
}

function withRules(change: Partial<RuleSummary>): ReportDocument {
  const audit = sampleAudit();
  return {
    ...audit,
    summary: { rules: (audit.summary?.rules ?? []).map((rule) => ({ ...rule, ...change })) },
  };
}

describe('the sheet for managers', () => {
  it('has violations among what was found, and counts suspects among what is not sure', async () => {
    const audit = sampleAudit();
    const hostsWith = (result: string): string[] =>
      (audit.findings ?? []).filter((finding) => finding.result === result).map(({ host }) => host);
    const [violators, suspects] = [hostsWith('violation'), hostsWith('suspected')];
    expect(violators.length * suspects.length).toBeGreaterThan(0);
    const [sure, unsure] = [await part(audit, 'What was found'), await part(audit, 'What is not sure')];
    for (const host of violators) expect(sure).toContain(host);
    // A manager has no use for the addresses of those against whom nothing is proved.
    for (const host of suspects) expect(sure + unsure).not.toContain(host);
    expect(unsure).toContain(`${new Set(suspects).size} host`);
  });

  it('names who acts, and asks nobody to act without a cause', async () => {
    const [rule] = sampleAudit().policy?.rules ?? [];
    expect(await part(sampleAudit(), 'What to do, and by whom')).toContain(`<dt>${rule?.owner}</dt>`);
    const quiet = withRules({ verdict: 'compliant', reasons: [], observed: null });
    const [day] = quiet.coverage;
    if (day === undefined) throw new Error('the sample has no day');
    const clear: ReportDocument = {
      ...quiet,
      ...{ findings: [], hosts: [], notVisible: [], coverage: [{ ...day, gaps: [] }] },
      stats: { ...quiet.stats, kernelDrops: 0, evictedFlows: 0, snaplenCut: 0, malformed: {} },
    };
    expect(await part(clear, 'What to do, and by whom')).toContain('No action is needed');
    expect(await part(clear, 'What was found')).toContain('No violation was found');
  });

  it('does not answer where no verdict is possible', async () => {
    const answer = await part(withRules({ verdict: 'inconclusive' }), 'Answer');
    expect(answer).toContain('INCONCLUSIVE');
    expect(answer).toContain('It is not known whether this rule was followed');
  });

  it.each([
    ['en', 'observed without a gap', 'observed, but with lost packets, from'],
    ['de', 'Lückenlos beobachtet vom', 'Beobachtet, aber mit Paketverlust, vom'],
    ['zh', '观测没有中断', '观测中有数据包丢失'],
  ] as const)(
    'does not claim complete observation where packets were lost (%s)',
    async (language, whole, lossy) => {
      const words = await messagesFor(language);
      const audit = withRules({
        reasons: [],
        observed: { since: '2026-07-10T00:00:00Z', until: '2026-07-11T00:00:00Z', seconds: 86_400, share: 1 },
      });
      const observedWith = (kernelDrops: number, reasons: RuleSummary['reasons'] = []) =>
        buildVerdicts(
          {
            ...audit,
            notVisible: [],
            stats: { ...audit.stats, evictedFlows: 0, kernelDrops },
            summary: { rules: (audit.summary?.rules ?? []).map((rule) => ({ ...rule, reasons })) },
          },
          words,
        )[0]?.observed;
      expect(observedWith(0)).toContain(whole);
      expect(observedWith(7)).toContain(lossy);
      expect(observedWith(0, [{ reason: 'loss', share: 0.02 }])).toContain(lossy);
    },
  );

  it('does not say that no MCP server was used where allowed ones may have been', () => {
    const audit = withRules({ verdict: 'compliant', reasons: [], suspected: 0, exempt: 0 });
    const [rule] = audit.policy?.rules ?? [];
    const [summary] = audit.summary?.rules ?? [];
    if (audit.policy === undefined || rule === undefined || summary === undefined)
      throw new Error('the sample has no rule');
    const sentenceOf = (id: string): string | undefined =>
      buildVerdicts({
        ...{ ...audit, findings: [] },
        policy: { ...audit.policy, name: '', rules: [{ ...rule, id }] } as NonNullable<typeof audit.policy>,
        summary: { rules: [{ ...summary, rule: id }] },
      })[0]?.sentence;
    expect(sentenceOf('BAN')).toContain('not seen on');
    expect(sentenceOf('mcp')).toContain('no violation was found on');
  });

  it('has a plain sentence for each limit of a verdict', () => {
    for (const reason of VERDICT_LIMITS) {
      const document = withRules({ reasons: [{ reason }] });
      const without = withRules({ reasons: [] });
      const kinds = (one: ReportDocument) => listDoubts(one, buildVerdicts(one)).map(({ kind }) => kind);
      expect(kinds(document).length, reason).toBeGreaterThanOrEqual(kinds(without).length);
      expect(kinds(document).length, reason).toBeGreaterThan(0);
    }
  });

  it('names the rules that a reason limits, unless it limits all', async () => {
    const { policy, summary, ...audit } = sampleAudit();
    const [rule] = policy?.rules ?? [];
    const [known] = summary?.rules ?? [];
    if (policy === undefined || rule === undefined || known === undefined)
      throw new Error('the sample has no rule');
    const unsure = (...reasons: (typeof VERDICT_LIMITS)[number][]): Promise<string> =>
      part(
        {
          ...{ ...audit, findings: [] },
          policy: {
            ...policy,
            rules: [
              { ...rule, id: 'A' },
              { ...rule, id: 'B' },
            ],
          } as NonNullable<typeof policy>,
          summary: {
            rules: reasons.map((reason, at) => ({
              ...{ ...known, rule: at === 0 ? 'A' : 'B', verdict: 'inconclusive' },
              reasons: [{ reason }],
            })),
          },
        },
        'What is not sure',
      );
    const apart = await unsure('blind', 'loss');
    expect(apart).toContain('<li>A: ');
    expect(apart).toContain('<li>B: ');
    expect(await unsure('loss', 'loss')).not.toMatch(/<li>[AB]: |A, B/);
  });

  it('has a use once that several rules deny, and the services of the networks', async () => {
    const audit = sampleAudit();
    const [broken] = (audit.findings ?? []).filter(({ result }) => result === 'violation');
    if (broken === undefined) throw new Error('the sample has no violation');
    const service: ReportDocument['services'][number] = {
      ...{ product: 'vllm', class: 'openai-compatible', host: '10.9.9.9', port: 8000, confidence: 'certain' },
      ...{ exposed: false, firstSeen: broken.first, lastSeen: broken.last, bytesUp: 1, bytesDown: 1 },
      ...{ signs: [], clients: [], probes: 0 },
    };
    const twice = { ...audit, findings: [broken, { ...broken, rule: 'OTHER' }], services: [service] };
    const found = await part(twice, 'What was found');
    expect(found.split(`<code>${broken.host}</code>`)).toHaveLength(2);
    expect(found).toContain('AI services seen on the network (number): vllm 1.');
    expect(await part({ ...twice, services: [] }, 'What was found')).not.toContain('AI services');
  });

  it('gives no verdict without a policy', async () => {
    expect(await part(sampleDocument(), 'Answer')).toContain('no verdict is given');
    expect(await part(sampleDocument(), 'What was asked')).toContain('Which AI coding tools');
  });
});
