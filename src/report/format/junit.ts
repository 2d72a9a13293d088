// Writes JUnit XML for pipelines: one test suite per rule, one case per host of the rule. A violation fails.

import type { Finding, ReportDocument } from '../../model/report.ts';
import { visibleText } from '../../text/visible-text.ts';
import { exactNumbers } from '../text/finding-words.ts';
import { selectionWords } from '../text/nothing-seen.ts';
import { isBreach, type PolicyRule } from '../text/policy-outcome.ts';
import { buildUtcVerdicts } from '../text/verdict.ts';

export function* renderJunit(document: ReportDocument): Iterable<string> {
  const all = buildUtcVerdicts(document);
  const suites = (document.policy?.rules ?? []).map((rule) => buildSuite(document, rule, all));
  const tests = suites.reduce((sum, suite) => sum + suite.tests, 0);
  const failures = suites.reduce((sum, suite) => sum + suite.failures, 0);
  const selected = selectionWords(document);
  const only = selected === null ? '' : ` (only ${selected})`;
  const name = attribute(`${`wiretally ${document.policy?.name ?? ''}`.trim()}${only}`);
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name=${name} tests="${tests}" failures="${failures}" errors="0">\n`;
  for (const suite of suites) yield* renderSuite(suite);
  yield '</testsuites>\n';
}

type Verdict = ReturnType<typeof buildUtcVerdicts>[number];

interface Suite {
  readonly rule: PolicyRule;
  readonly findings: readonly Finding[];
  /** The verdict, if it is inconclusive. */
  readonly open: Verdict | null;
  readonly tests: number;
  readonly failures: number;
}

function buildSuite(document: ReportDocument, rule: PolicyRule, all: readonly Verdict[]): Suite {
  const findings = (document.findings ?? []).filter((finding) => finding.rule === rule.id);
  const verdict = all.find((candidate) => candidate.rule.id === rule.id);
  const open = verdict?.summary.verdict === 'inconclusive' ? verdict : null;
  return {
    rule,
    findings,
    open,
    tests: Math.max(1, findings.length + (open === null ? 0 : 1)),
    failures: findings.filter(isBreach).length,
  };
}

function* renderSuite({ rule, findings, open, tests, failures }: Suite): Iterable<string> {
  const exempt = findings.filter((finding) => finding.result === 'exempt').length;
  const skipped = exempt + (open === null ? 0 : 1);
  const name = attribute(`${rule.id}: ${rule.title}`);
  yield `  <testsuite name=${name} tests="${tests}" failures="${failures}" errors="0" skipped="${skipped}">\n`;
  if (open !== null) yield `${renderVerdict(open)}\n`;
  for (const finding of findings) yield `${testCase(finding)}\n`;
  if (open === null && findings.length === 0)
    yield `    <testcase name="no host" classname=${attribute(rule.id)}/>\n`;
  yield '  </testsuite>\n';
}

/** An inconclusive rule has neither passed nor failed. */
function renderVerdict({ rule, text }: Verdict): string {
  const message = attribute(`inconclusive; ${text}`);
  return `    <testcase name="verdict" classname=${attribute(rule.id)}>\n      <skipped message=${message}/>\n    </testcase>`;
}

function testCase(finding: Finding): string {
  const head = `    <testcase name=${attribute(`${finding.host} ${finding.tool}`)} classname=${attribute(finding.rule)}`;
  const lines = [
    `first ${finding.first}, last ${finding.last}, ${finding.confidence}`,
    exactNumbers(finding),
  ];
  for (const item of finding.evidence) lines.push(`for: ${item.detail}`);
  for (const item of finding.against) lines.push(`against: ${item.detail}`);
  const story = lines.join('\n');
  if (isBreach(finding)) {
    return `${head}>\n      <failure type="violation" message=${attribute(`${finding.severity}: ${finding.tool} on ${finding.host}`)}>${escapeXml(story)}</failure>\n    </testcase>`;
  }
  if (finding.result === 'exempt') {
    return `${head}>\n      <skipped message=${attribute(`exempt by ${finding.exception ?? 'an exception'}`)}/>\n    </testcase>`;
  }
  return `${head}>\n      <system-out>${escapeXml(`${finding.result} (${finding.severity})\n${story}`)}</system-out>\n    </testcase>`;
}

function escapeXml(text: string): string {
  return text
    .split('\n')
    .map(visibleText)
    .join('\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function attribute(text: string): string {
  return `"${escapeXml(text).replaceAll('"', '&quot;')}"`;
}
