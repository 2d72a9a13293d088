// Replaces hosts in a document by pseudonyms: addresses, MACs, host names, and everything that leads to them.

import { removeClaims } from '../../model/claim-sentences.ts';
import { PATH_RULE } from '../../model/findings.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import { findFacts, renameFacts, withFacts } from '../../model/policy-summary.ts';
import type {
  EvidenceItem,
  Finding,
  HostReport,
  PathDay,
  PolicySummary,
  ReportDocument,
  ReportService,
  RuleSummary,
  ServiceUpstream,
  ToolUse,
} from '../../model/report.ts';
import { asDetail, mapTexts, phrase, readSentence, type Sentence } from '../../model/sentences.ts';
import { compareText } from '../../net/address.ts';
import { CLAIMS } from '../../net/host-claims.ts';
import { isPrivate, renamePrivate, withoutPrivate } from '../../net/private-networks.ts';
import { renameRows } from './rows-of-hosts.ts';

/** Replaces the names of hosts. It removes Community IDs too, because they are unkeyed digests of addresses. */
export function pseudonymizeReport(
  document: ReportDocument,
  nameOf: (host: string) => string,
): ReportDocument {
  const { ech, summary } = document;
  return {
    ...document,
    hosts: document.hosts.map((host) => renameHost(host, nameOf)).sort((a, b) => compareText(a.host, b.host)),
    services: document.services.map((service) => renameService(service, nameOf)).sort(comparePlace),
    ...renameRows(document, nameOf),
    ...omitUndefined({
      ech: ech && renameEch(ech, nameOf),
      summary: summary && renameSummary(summary, nameOf),
      register: document.register && {
        ...document.register,
        uses: document.register.uses.map((use) => renameUse(use, nameOf)).sort(compareHostAndTool),
      },
      findings: document.findings
        ?.map((finding) => renameFinding(finding, nameOf))
        .sort((a, b) => compareText(a.rule, b.rule) || compareText(a.id, b.id)),
    }),
  };
}

type Ech = NonNullable<ReportDocument['ech']>;

/** Renames resolvers. One with a private address is a machine of the network. */
const renameEch = ({ hosts, names }: Ech, nameOf: (host: string) => string): Ech => ({
  hosts: hosts
    .map((row) => ({ ...row, host: nameOf(row.host) }))
    .sort((a, b) => compareText(a.date, b.date) || compareText(a.host, b.host)),
  names: names.map((name) => ({
    ...name,
    resolver: renamePrivate(name.resolver, nameOf),
    hosts: name.hosts.map(nameOf).sort(compareText),
  })),
});

const comparePlace = (a: ReportService, b: ReportService): number =>
  compareText(a.host, b.host) || a.port - b.port;

const renameService = (service: ReportService, nameOf: (host: string) => string): ReportService => ({
  ...service,
  host: nameOf(service.host),
  clients: renameClients(service.clients, nameOf),
  ...omitUndefined({ upstream: service.upstream?.map((upstream) => renameUpstream(upstream, nameOf)) }),
});

const renameUpstream = (upstream: ServiceUpstream, nameOf: (host: string) => string): ServiceUpstream =>
  upstream.service === undefined
    ? upstream
    : { ...upstream, service: { ...upstream.service, host: nameOf(upstream.service.host) } };

const renameClients = <T extends { readonly host: string }>(
  clients: readonly T[],
  nameOf: (host: string) => string,
): T[] =>
  clients
    .map((client) => ({ ...client, host: nameOf(client.host) }))
    .sort((a, b) => compareText(a.host, b.host));

/** True for a name that is an address of the network, for example of a relay. */
const isMachine = ({ name }: ToolUse['names'][number]): boolean =>
  name.startsWith('[') && isPrivate(name.slice(1, -1));

function renameHost(host: HostReport, nameOf: (host: string) => string): HostReport {
  const clean = (use: ToolUse): ToolUse => ({
    ...use,
    names: use.names.some(isMachine)
      ? use.names
          .map((name) => (isMachine(name) ? { ...name, name: `[${nameOf(name.name.slice(1, -1))}]` } : name))
          .sort((a, b) => compareText(a.name, b.name))
      : use.names,
    evidence: use.evidence.map(removeTraces),
  });
  const { addresses: _, sameMachine: __, ...rest } = host;
  return {
    ...rest,
    host: nameOf(host.host),
    identity: 'pseudonym',
    mac: null,
    name: null,
    tools: host.tools.map(clean),
    providers: host.providers.map(clean),
  };
}

function renameSummary(summary: PolicySummary, nameOf: (host: string) => string): PolicySummary {
  const renamed = summary.rules.map((rule) => renameRule(rule, nameOf));
  const facts = findFacts(summary);
  return facts === undefined ? { rules: renamed } : withFacts(renamed, renameFacts(facts, nameOf));
}

function renameRule(rule: RuleSummary, nameOf: (host: string) => string): RuleSummary {
  const rename = (hosts: readonly string[]): string[] => hosts.map(nameOf).sort(compareText);
  const { changes, earlier, paths, optOuts } = rule;
  return {
    ...rule,
    // These details are entries of a scope: addresses, MACs and names of machines.
    reasons: rule.reasons.map(({ detail, ...reason }) =>
      detail === undefined || reason.reason === 'notSeen' ? reason : { ...reason, detail },
    ),
    ...omitUndefined({
      changes: changes && {
        stopped: rename(changes.stopped),
        wentOn: rename(changes.wentOn),
        began: rename(changes.began),
      },
      paths: paths && {
        through: rename(paths.through),
        around: rename(paths.around),
        unclear: rename(paths.unclear),
        unknown: rename(paths.unknown),
        days: paths.days.map((day) => renameUse(day, nameOf)).sort(compareHostToolAndDay),
      },
      earlier: earlier?.map((use) => renameUse(use, nameOf)).sort(compareHostAndTool),
      optOuts: optOuts?.map((use) => renameUse(use, nameOf)).sort(compareHostAndTool),
    }),
  };
}

interface UseOfHost {
  readonly host: string;
  readonly tool: string;
}

const renameUse = <T extends UseOfHost>(use: T, nameOf: (host: string) => string): T => ({
  ...use,
  host: nameOf(use.host),
});

const compareHostAndTool = (a: UseOfHost, b: UseOfHost): number =>
  compareText(a.host, b.host) || compareText(a.tool, b.tool);

const compareHostToolAndDay = (a: PathDay, b: PathDay): number =>
  compareHostAndTool(a, b) || compareText(a.date, b.date);

function renameFinding(finding: Finding, nameOf: (host: string) => string): Finding {
  const host = nameOf(finding.host);
  const { service } = finding;
  return {
    ...finding,
    id: `${finding.rule}/${finding.rev}/${host}/${finding.tool}/${finding.result}`,
    host,
    evidence: finding.evidence.map(removeTraces),
    against: finding.against.map(removeTraces),
    ...omitUndefined({ service: service && { ...service, clients: renameClients(service.clients, nameOf) } }),
  };
}

/** Matches a name that is an address. */
const BRACKETED = /\[[0-9a-f:.]+\]/g;
const MAC = /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g;

/** Removes flows and machines. Claims about an address are reported without names and MACs. */
function removeTraces(item: EvidenceItem): EvidenceItem {
  const sentence = readSentence(item) ?? phrase('asWritten', { text: item.detail });
  return { ...item, ...asDetail(hideMachines(item.rule, sentence)), communityIds: [] };
}

function hideMachines(rule: string, sentence: Sentence): Sentence {
  if (rule === CLAIMS) return removeClaims(sentence);
  if (rule === PATH_RULE) return mapTexts(sentence, withoutPrivate);
  return mapTexts(sentence, (text) => text.replace(MAC, 'a MAC').replace(BRACKETED, withoutPrivate));
}
