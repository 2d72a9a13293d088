// What to do about a finding, as texts to copy.
import { describe, expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { Finding, HostReport, ReportDocument } from '../../../src/model/report.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { ENGLISH_WORDS } from '../../../src/report/text/english-words.ts';
import { findingActions } from '../../../src/report/text/finding-actions.ts';
import { asked, sampleAudit } from './sample-document.ts';

const audit: ReportDocument = { ...sampleAudit(), ...asked(['office.pcap'], { '--policy': 'acme.yaml' }) };
const violation = (audit.findings ?? []).find(({ result }) => result === 'violation');
const host = audit.hosts.find((one) => one.host === violation?.host);
if (violation === undefined || host === undefined) throw new Error('the sample has no violation');
const rule = audit.policy?.rules.find(({ id }) => id === violation.rule);

const of = (
  finding: Partial<Finding> = {},
  about: { document?: ReportDocument; host?: Partial<HostReport> | null } = {},
): Record<string, string> =>
  Object.fromEntries(
    findingActions(
      about.document ?? audit,
      { ...violation, ...finding },
      about.host === null ? null : { ...host, ...about.host },
      'Claude Code',
      ENGLISH_WORDS,
    ).map(({ what, text }) => [what, text]),
  );
const MAIL = 'Mail to the owner of the host';
const EXCEPTION = 'Exception for the policy file';
const DEVICE = 'Rules for a firewall';

describe('what to do about a finding', () => {
  it('is a mail, an exception and rules for devices', () => {
    const texts = of();
    expect(Object.keys(texts)).toEqual([MAIL, EXCEPTION, DEVICE]);
    expect(texts[MAIL]).toMatch(
      /^Subject: Claude Code on 10\.20\.1\.5 \(.+\)\n\nConnections of this host match those/u,
    );
    expect(texts[MAIL]).toContain(`Rule: ${violation.rule}: ${rule?.title}`);
    expect(texts[MAIL]).toContain(`Tool: Claude Code (${violation.confidence})`);
    expect(texts[DEVICE]).toBe('wiretally policy export acme.yaml --format paloalto --out rules/');
  });

  it.each<[Finding['result'], string | null]>([
    ['violation', 'match those of a tool that the policy denies'],
    ['bypass', 'reach a provider directly'],
    ['grace', 'will deny after the grace period'],
    ['telemetryOnly', 'No model request was seen'],
    ['updateOnly', 'No model request was seen'],
    ['attempted', 'this does not count as use'],
    ['suspected', null],
  ])('states no more than was seen: %s', (result, words) => {
    const mail = of({ result })[MAIL];
    if (words === null) expect(mail).toBeUndefined();
    else expect(mail).toContain(words);
  });

  it('is nothing for an exempt use, a service, a rule that is not there, and without a policy', () => {
    const { policy: _, ...withoutPolicy } = audit;
    const service = {
      class: 'server',
      exposed: false,
      clients: [],
      probes: 0,
    } as unknown as Finding['service'] & object;
    expect(of({ result: 'exempt' })).toEqual({});
    expect(of({ service })).toEqual({});
    expect(of({ rule: 'other' })).toEqual({});
    expect(of({}, { document: withoutPolicy })).toEqual({});
  });

  it('has no exception for a pseudonym or an unknown host', () => {
    expect(of({}, { host: { identity: 'pseudonym' } })[EXCEPTION]).toBeUndefined();
    expect(of({}, { host: null })[EXCEPTION]).toBeUndefined();
  });

  it.each<[string, Partial<HostReport>, string]>([
    ['an address', {}, 'cidr: ["10.20.1.5/32"]'],
    ['both families', { addresses: ['10.20.1.5', 'fd00::5'] }, 'cidr: ["10.20.1.5/32", "fd00::5/128"]'],
  ])('exempts a host by %s, and the policy file takes it', async (_, more, scope) => {
    const line = of({}, { host: more })[EXCEPTION] ?? '';
    expect(line).toContain(`scope: { ${scope} }`);
    const text = [
      'version: 1',
      'name: Acme',
      'timezone: UTC',
      'rules:',
      `  - { id: ${violation.rule}, title: Ban, match: { tools: [claude-code] }, action: deny, effective: 2026-07-01 }`,
      'exceptions:',
      line,
    ].join('\n');
    const facts = catalogueFacts(await loadCatalogue());
    // An exception that has already ended exempts no host: the day after its last day must be entered.
    expect(parsePolicy(text, facts).errors).toMatchObject([{ path: 'exceptions[0].until' }]);
    const { policy, errors } = parsePolicy(
      text.replace('enter the day after the last day', '2026-12-31'),
      facts,
    );
    expect(errors).toEqual([]);
    // The end is exclusive: use on this day is not exempt.
    expect(policy?.exceptions).toMatchObject([{ until: Date.parse('2026-12-31T00:00:00Z') / 1000 }]);
  });

  it('gives exceptions of two tools on one host different ids', () => {
    const ids = ['claude-code', 'codex'].map(
      (tool) => /id: ([^,]+)/.exec(of({ tool })[EXCEPTION] ?? '')?.[1],
    );
    expect(ids).toEqual(['EX-AI-0710-claude-code-10-20-1-5', 'EX-AI-0710-codex-10-20-1-5']);
  });

  it('takes no line end from names and titles', () => {
    const mail = of({}, { host: { name: 'a\nSubject: other\u202e' } })[MAIL] ?? '';
    expect(mail.split('\n').filter((line) => line.startsWith('Subject'))).toHaveLength(1);
    expect(mail).not.toContain('\u202e');
  });

  it('quotes what a shell would read', () => {
    const document = { ...audit, ...asked(['office.pcap'], { '--policy': 'my policy.yaml' }) };
    expect(of({}, { document })[DEVICE]).toContain("'my policy.yaml'");
  });
});
