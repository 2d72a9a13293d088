// Writes texts to copy for a finding: a mail, an exception for the policy file, rules for devices.

import type { Finding, HostReport, ReportDocument } from '../../model/report.ts';
import { parseAddress } from '../../net/address.ts';
import { shellWord } from '../../text/shell-word.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { ReportWords } from './english-words.ts';
import { readerZone } from './instant-text.ts';
import { policyFile } from './next-command.ts';
import { ruleTitle } from './verdict.ts';

export interface FindingAction {
  readonly what: string;
  readonly text: string;
  readonly note: string | null;
}

type PolicyRule = NonNullable<ReportDocument['policy']>['rules'][number];

/** Empty without a policy rule, for exempt use, and for services. */
export function findingActions(
  document: ReportDocument,
  finding: Finding,
  host: HostReport | null,
  toolName: string,
  words: ReportWords,
): FindingAction[] {
  const rule = document.policy?.rules.find(({ id }) => id === finding.rule);
  if (rule === undefined || finding.result === 'exempt' || finding.service !== undefined) return [];
  return [
    ...mailAction(document, finding, host, { rule, toolName, words }),
    ...exceptionAction(finding, host, words),
    ...deviceRules(document, rule, words),
  ];
}

function mailAction(
  document: ReportDocument,
  finding: Finding,
  host: HostReport | null,
  {
    rule,
    toolName,
    words,
  }: { readonly rule: PolicyRule; readonly toolName: string; readonly words: ReportWords },
): FindingAction[] {
  const { actions } = words;
  // A suspected finding does not justify a mail.
  const opening = actions.opening(finding.result);
  if (opening === null) return [];
  const zone = readerZone(document);
  const name = host?.name ?? null;
  const shown = name === null ? finding.host : `${finding.host} (${oneLine(name)})`;
  const time = words.timeSpan(finding.first, finding.last, zone);
  const { graceUntil, owner } = rule;
  return [
    {
      what: actions.mail,
      note: null,
      text: [
        actions.subject(toolName, shown),
        '',
        opening,
        '',
        actions.host(shown),
        actions.tool(toolName, words.confidences[finding.confidence]),
        actions.time(time, zone.name),
        actions.rule(`${rule.id}: ${oneLine(ruleTitle(rule, words))}`),
        ...(finding.result === 'grace' && graceUntil !== null
          ? [actions.graceEnds(words.time(graceUntil, zone))]
          : []),
        '',
        actions.notRead,
        actions.pleaseReply,
        ...(owner === null ? [] : [actions.owner(oneLine(owner))]),
      ].join('\n'),
    },
  ];
}

/**
 * Builds an exception. A host behind a pseudonym has no scope that a policy file could name. The author fills in the
 * end: a document does not contain the day on which it is read, and a day derived from the traffic may be past.
 */
function exceptionAction(
  finding: Finding,
  host: HostReport | null,
  { actions }: ReportWords,
): FindingAction[] {
  const scope = findScope(host);
  if (scope === null) return [];
  const id = `EX-${finding.rule}-${finding.tool}-${finding.host}`.replaceAll(/[^\w-]/gu, '-');
  return [
    {
      what: actions.exception,
      note: actions.exceptionNote,
      text: `  - { id: ${id}, rule: ${yamlWord(finding.rule)}, scope: { ${scope} }, until: "${actions.enterDayAfter}", reason: "${actions.enterReason}" }`,
    },
  ];
}

function findScope(host: HostReport | null): string | null {
  if (host === null || host.identity === 'pseudonym') return null;
  const networks = [...new Set([host.host, ...(host.addresses ?? [])])].flatMap((address) => {
    const bytes = parseAddress(address);
    return bytes === null ? [] : [`"${address}/${bytes.length * 8}"`];
  });
  return networks.length === 0 ? null : `cidr: [${networks.join(', ')}]`;
}

/** Exports the whole rule. A name of a vendor serves other programs too, which the export states. */
function deviceRules(document: ReportDocument, rule: PolicyRule, { actions }: ReportWords): FindingAction[] {
  const policy = policyFile(document);
  if (policy === undefined || rule.action !== 'deny' || rule.id === 'default') return [];
  return [
    {
      what: actions.firewall,
      note: actions.firewallNote,
      text: `wiretally policy export ${shellWord(policy)} --format paloalto --out rules/`,
    },
  ];
}

/** Names and titles come from packets and files, so they are written on one line without control characters. */
const oneLine = (text: string): string => visibleText(text).replaceAll(/\s+/gu, ' ').trim();
const yamlWord = (text: string): string => (/^[A-Za-z][\w-]*$/u.test(text) ? text : JSON.stringify(text));
