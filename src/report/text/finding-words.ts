// What a finding says in figures: of the time that it is about alone, the same in every output for people.

import type { Finding, FindingService, ReportDocument } from '../../model/report.ts';
import type { FindingResult } from '../../model/words.ts';
import { SEVERITY_ORDER } from './outcome.ts';
import { formatBytes, formatRange, plural } from './quantity.ts';

/** "5 active minutes", "12 requests", "2.2 MB of payload sent"; what is not known is left out. */
export function findingNumbers(finding: Finding, dash = '–'): string[] {
  const { activeMinutes, requests, payloadUp, service } = finding;
  return [
    ...(service === undefined ? [] : serviceNumbers(service)),
    ...(activeMinutes === null ? [] : [plural(activeMinutes, 'active minute')]),
    ...(requests === null
      ? []
      : [`${formatRange(requests, 'host', dash)} ${requests.max === 1 ? 'request' : 'requests'}`]),
    `${formatBytes(payloadUp)} of payload sent`,
  ];
}

/** "reached from other networks", "clients 10.0.0.8, 10.0.0.9", "1 probe". */
function serviceNumbers({ exposed, clients, probes }: FindingService): string[] {
  const named = clients.slice(0, MAX_CLIENTS).map(({ host }) => host);
  const left = clients.length - named.length;
  return [
    ...(exposed ? ['reached from other networks'] : []),
    clients.length === 0
      ? 'no client'
      : `${clients.length === 1 ? 'client' : 'clients'} ${named.join(', ')}${left > 0 ? ` and ${left} more` : ''}`,
    ...(probes === 0 ? [] : [plural(probes, 'probe')]),
  ];
}

/** Clients by name; JSON has all. */
const MAX_CLIENTS = 8;

/** The same to the last unit, for programs that have no fields for them. */
export function exactNumbers({ activeMinutes, requests, payloadUp, service }: Finding): string {
  const range =
    requests === null ? '' : `${requests.min}${requests.max > requests.min ? ` to ${requests.max}` : ''}`;
  return [
    ...(service === undefined ? [] : serviceNumbers(service)),
    ...(activeMinutes === null ? [] : [`${activeMinutes} active minutes`]),
    ...(requests === null ? [] : [`${range} requests`]),
    `${payloadUp} bytes of payload sent`,
  ].join(', ');
}

/** Where the figures of possible use are counted: traffic is in one row only. */
export const POSSIBLE_FIGURES =
  'The figures of a possible finding are in the row of the provider or suspected relay.';

/** Use that a rule denies, or around the gateways that it requires. */
export const isBreach = ({ result }: Pick<Finding, 'result'>): boolean =>
  result === 'violation' || result === 'bypass';

/** A breach of the policy, or what may be one. */
export const isGrave = (finding: Pick<Finding, 'result'>): boolean =>
  isBreach(finding) || finding.result === 'suspected';

/** The most severe first; of equal severity in the order of the document. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  const rank = (result: FindingResult): number => SEVERITY_ORDER.indexOf(result);
  return [...findings].sort((a, b) => rank(a.result) - rank(b.result));
}

/** The name of the tool; its id where neither a row of the report nor a rule has it. */
export function toolNameOf(document: ReportDocument, finding: Finding): string {
  const host = document.hosts.find((each) => each.host === finding.host);
  const rows = [...(host?.tools ?? []), ...(host?.providers ?? [])];
  return (
    rows.find((use) => use.tool === finding.tool)?.name ?? ruledName(document, finding.tool) ?? finding.tool
  );
}

/** The name of a tool that a rule names; null for others. */
export function ruledName({ policy }: Pick<ReportDocument, 'policy'>, tool: string): string | null {
  for (const { tools = [], toolNames = [] } of policy?.rules ?? []) {
    const name = toolNames[tools.indexOf(tool)];
    if (name !== undefined) return name;
  }
  return null;
}
