// What to do about a finding, as texts to copy: a mail, an exception for the policy file, rules for devices.

import type { Finding, HostReport, ReportDocument } from '../../model/report.ts';
import { parseAddress } from '../../net/address.ts';
import { commandWords, shellWord } from '../../text/shell-word.ts';
import { visibleText } from '../../text/visible-text.ts';
import { daysAfter, longTime, policyZone, unixSeconds } from './instant.ts';

export interface FindingAction {
  readonly what: string;
  readonly text: string;
  readonly note: string | null;
}

type PolicyRule = NonNullable<ReportDocument['policy']>['rules'][number];

/** Days of an exception behind the last traffic: a short one, to be changed. */
const EXCEPTION_DAYS = 30;

/** Results that justify a mail; a suspicion does not. */
const MAILS: Readonly<Partial<Record<Finding['result'], string>>> = {
  violation: 'Connections of this host show use of a tool that the policy denies.',
  bypass: 'Connections of this host reach a provider directly; the policy requires the gateway.',
  grace: 'Connections of this host show use of a tool that the policy will deny after the grace period.',
  telemetryOnly:
    'Connections of this host show that a tool is installed that the policy denies. No model request was seen.',
  updateOnly:
    'Connections of this host show that a tool is installed that the policy denies. No model request was seen.',
  attempted:
    'This host tried to reach a tool that the policy denies. The connections were stopped; this is no use.',
};

/** Empty without a policy rule, for exempt use, and for services. */
export function findingActions(
  document: ReportDocument,
  finding: Finding,
  host: HostReport | null,
  toolName: string,
): FindingAction[] {
  const rule = document.policy?.rules.find(({ id }) => id === finding.rule);
  if (rule === undefined || finding.result === 'exempt' || finding.service !== undefined) return [];
  return [
    ...mail(document, finding, host, { rule, toolName }),
    ...exception(document, finding, host),
    ...deviceRules(document, rule),
  ];
}

function mail(
  document: ReportDocument,
  finding: Finding,
  host: HostReport | null,
  { rule, toolName }: { readonly rule: PolicyRule; readonly toolName: string },
): FindingAction[] {
  const opening = MAILS[finding.result];
  if (opening === undefined) return [];
  const zone = policyZone(document);
  const name = host?.name ?? null;
  const shown = name === null ? finding.host : `${finding.host} (${oneLine(name)})`;
  const title = `${rule.id}: ${oneLine(rule.title)}`;
  const { graceUntil, owner } = rule;
  return [
    {
      what: 'Mail to the owner of the host',
      note: null,
      text: [
        `Subject: ${toolName} on ${shown}`,
        '',
        opening,
        '',
        `Host: ${shown}`,
        `Tool: ${toolName} (${finding.confidence})`,
        `Time: ${longTime(finding.first, zone)} to ${longTime(finding.last, zone)} (${document.policy?.timezone ?? 'UTC'})`,
        `Rule: ${title}`,
        ...(finding.result === 'grace' && graceUntil !== null
          ? [`Grace period ends: ${longTime(graceUntil, zone)}`]
          : []),
        '',
        'This comes from names and sizes of encrypted connections; contents were not read.',
        'Please reply: is this right, which program was it, and is it needed?',
        ...(owner === null ? [] : [`Questions and exceptions: ${oneLine(owner)}`]),
      ].join('\n'),
    },
  ];
}

/** A host behind a pseudonym has no scope that a policy file could name. */
function exception(document: ReportDocument, finding: Finding, host: HostReport | null): FindingAction[] {
  const scope = scopeOf(host);
  if (scope === null) return [];
  const lastDay = policyZone(document).dayOf(unixSeconds(finding.last));
  const id = `EX-${finding.rule}-${finding.host}`.replaceAll(/[^\w-]/gu, '-');
  return [
    {
      what: 'Exception for the policy file',
      note: `below "exceptions:"; ${EXCEPTION_DAYS} days; enter the reason, then run wiretally policy check`,
      text: `  - { id: ${id}, rule: ${yamlWord(finding.rule)}, scope: { ${scope} }, until: ${daysAfter(lastDay, EXCEPTION_DAYS)}, reason: "enter the reason" }`,
    },
  ];
}

function scopeOf(host: HostReport | null): string | null {
  if (host === null || host.identity === 'pseudonym') return null;
  if (host.identity === 'mac') return `mac: ["${host.host}"]`;
  const networks = [...new Set([host.host, ...(host.addresses ?? [])])].flatMap((address) => {
    const bytes = parseAddress(address);
    return bytes === null ? [] : [`"${address}/${bytes.length * 8}"`];
  });
  return networks.length === 0 ? null : `cidr: [${networks.join(', ')}]`;
}

/** Rules of the whole rule: a name of a vendor serves other programs too, which the export states. */
function deviceRules(document: ReportDocument, rule: PolicyRule): FindingAction[] {
  const { options } = commandWords(document.command);
  const policy = options.find(([name]) => name === '--policy')?.[1];
  if (policy === undefined || rule.action !== 'deny' || rule.id === 'default') return [];
  return [
    {
      what: 'Rules for a firewall',
      note: 'for all hosts of the rule; wiretally policy export --help lists other devices',
      text: `wiretally policy export ${shellWord(policy)} --format paloalto --out rules/`,
    },
  ];
}

/** Names and titles come from packets and files. */
const oneLine = (text: string): string => visibleText(text).replaceAll(/\s+/gu, ' ').trim();
const yamlWord = (text: string): string => (/^[A-Za-z][\w-]*$/u.test(text) ? text : JSON.stringify(text));
