// Makes a statement of non-use for hosts in scope and a period, from its windows and its policy.

import { createHash } from 'node:crypto';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { catalogueFacts, isUnmarkedTool } from '../catalogue/policy-facts.ts';
import { formatMatch } from '../catalogue/rules.ts';
import type { ToolEntry } from '../catalogue/schema.ts';
import { packageVersion } from '../files/package-version.ts';
import { ROLES } from '../model/catalogue-words.ts';
import { optionError } from '../model/errors.ts';
import { omitEmpty } from '../model/omit-undefined.ts';
import type { Policy, Scope } from '../model/policy.ts';
import type { ReportDocument } from '../model/report.ts';
import { STRICT_LIMITS, type Statement } from '../model/statement.ts';
import type { HostAttribution } from '../model/tool.ts';
import type { UsageWindow } from '../model/usage.ts';
import { formatNetwork, parseAddress, parseNetwork } from '../net/address.ts';
import { buildStatement, type StatementTool } from '../policy/attest.ts';
import { measureHiddenTraffic } from '../policy/hidden-traffic.ts';
import { loadPolicy } from '../policy/parse-policy.ts';
import {
  hidesMembership,
  isExcluded,
  mayInclude,
  NO_LISTS,
  observeScope,
  ruleIncludes,
  scopeIncludes,
} from '../policy/scope.ts';
import { listIdentities } from '../policy/subjects.ts';
import { parseInstant } from '../time/instant.ts';
import { type TimeSpan, uniteSpans } from '../time/spans.ts';
import { US } from '../time/units.ts';
import { isTimeZone, openZone } from '../time/zone.ts';
import { partSpan } from '../window/heard.ts';
import { isSilentWindow } from '../window/silence.ts';
import { applyPolicy, findObserved, listSubjects, lookUpDestinations } from './apply-policy.ts';
import type { PolicyOnDisk, PolicyView } from './inputs/policy-file.ts';
import { type Reported, reportOn } from './reported.ts';
import { type SourceRead, sourceFromWindows } from './source.ts';
import { cutToSpan, sourceWithout } from './source-part.ts';

/** Statements are about instants, not days: the zone affects only the times in their sentences. */
const ZONE = 'UTC';

export interface StatementQuestion {
  readonly tool: ToolEntry;
  /** Networks, addresses and groups of the policy; an empty list means every host. */
  readonly scope: readonly string[];
  readonly sinceSeconds: number;
  readonly untilSeconds: number;
  /** Zone of the times in its sentence. */
  readonly timezone: string;
  /** Gateways that all traffic must have passed: addresses, networks and server names. Without any it is a statement of non-use. */
  readonly via: readonly string[];
  /** Groups and thresholds. Null: no groups, and the strict thresholds. */
  readonly policy: Policy | null;
  readonly command: string;
}

export interface AttestedStatement {
  readonly statement: Statement;
  readonly document: ReportDocument;
  readonly reported: Reported;
  readonly source: SourceRead;
  readonly view: PolicyView;
}

/** Throws USAGE for a scope that is neither address nor group. */
export function attest(read: SourceRead, question: StatementQuestion): AttestedStatement {
  const { catalogue } = read;
  const { sinceSeconds, untilSeconds } = question;
  const onDisk = buildPolicy(question, catalogue);
  const [rule] = onDisk.policy.rules;
  const part = cutToSpan(read, sinceSeconds, untilSeconds, ZONE);
  const about = {
    interrupted: read.interrupted,
    incomplete: read.incomplete,
    recordsFrom: read.recordsFrom,
    recordsUntil: read.recordsUntil,
    requestedSpan: { sinceSeconds, untilSeconds },
    around: part.around ?? part.windows,
  };
  const whole = sourceFromWindows(part.windows, read, ZONE, about);
  const { attributions } = reportOn(whole, { command: question.command, timezone: ZONE });
  const outside = listSubjects(whole, attributions, null).filter(
    (subject) =>
      !listIdentities(subject).some(
        (identity) =>
          rule !== undefined &&
          (ruleIncludes(onDisk.policy, rule, identity) ||
            hidesMembership(onDisk.policy, rule.scope, identity)) &&
          !isExcluded(onDisk.policy, identity),
      ),
  );
  // A host that only acted as a server stays: hosts of the scope may have used it.
  const observed = new Set(whole.windows.flatMap(({ hosts }) => hosts.map(({ host }) => host)));
  const hidden = new Set(outside.map(({ identity }) => identity.host).filter((host) => observed.has(host)));
  const left = sourceWithout(whole, hidden).windows.map((window, i) => {
    // Use of a service counts for the hosts of the scope, wherever the service runs.
    const services = whole.windows[i]?.services?.filter(({ host }) => !hidden.has(host)) ?? [];
    return services.length === 0 ? window : { ...window, services };
  });
  const source = sourceFromWindows(left, read, ZONE, about);
  const reported = reportOn(source, { command: question.command, timezone: ZONE });
  const view: PolicyView = { onDisk, hosts: null, pseudonymOf: null };
  const document = applyPolicy(reported.document, source, reported.attributions, view);
  const statement = statementFor(source, reported.attributions, onDisk.policy, question);
  return { statement, document, reported, source, view };
}

type StatementScope = Pick<
  StatementQuestion,
  'tool' | 'scope' | 'sinceSeconds' | 'untilSeconds' | 'timezone'
>;

function statementFor(
  source: SourceRead,
  attributions: readonly HostAttribution[],
  policy: Policy,
  { tool, scope, sinceSeconds, untilSeconds, timezone }: StatementScope,
): Statement {
  const { catalogue, windows } = source;
  const [rule] = policy.rules;
  const traffic = measureHiddenTraffic(windows, policy, lookUpDestinations(catalogue));
  const subjects = listSubjects(source, attributions, null);
  const seen = subjects.filter((subject) => !isExcluded(policy, subject.identity));
  const scopeOfRule = rule?.scope ?? NO_LISTS;
  const listHosts = (part: Scope, isSelected = scopeIncludes): string[] =>
    seen
      .filter((subject) => listIdentities(subject).some((identity) => isSelected(policy, part, identity)))
      .map(({ identity }) => identity.host);
  const inScope = listHosts(scopeOfRule);
  const pseudonyms = listHosts(scopeOfRule, hidesMembership).filter((host) => !inScope.includes(host));
  return buildStatement({
    tool: {
      id: tool.id,
      name: tool.name,
      endpoints: tool.endpoints,
      isListed: (name) => catalogue.isListed(name),
      vendorEntries: catalogue.tools.filter(({ vendor }) => vendor === tool.vendor).map(({ id }) => id),
      unwatchedRuntimes: catalogue.unwatchedRuntimes(tool),
      mayRun: mayRun(tool, catalogue),
      isUnmarked: isUnmarkedTool(tool),
    },
    scope,
    sinceSeconds,
    untilSeconds,
    limits: policy.attest,
    accept: policy.accept,
    windows,
    attributions,
    traffic,
    via: rule?.via ?? null,
    zone: openZone(timezone),
    toVendor: ({ address }) => rule !== undefined && traffic.isOfVendor(rule, address),
    observed: findObserved(source),
    inScope: observeScope(policy, scopeOfRule, [...inScope, ...pseudonyms]),
    mayInclude: (network) => mayInclude(policy, scopeOfRule, network),
    isSilent: isSilentWindow,
    around: source.around ?? [],
    clients: new Set(
      subjects.flatMap(({ isSighted, identity }) => (isSighted === true ? [] : [identity.host])),
    ),
    presence: listPresence(windows),
    absent:
      pseudonyms.length > 0 ? [] : scope.filter((text) => listHosts(resolveScope(policy, text)).length === 0),
    pseudonyms: pseudonyms.length,
    wiretally: packageVersion(),
    catalogue: catalogue.version,
  });
}

/** A tool that accepts other API keys or a gateway can reach any provider. */
function mayRun(tool: ToolEntry, catalogue: Catalogue): StatementTool['mayRun'] {
  if (tool.ownKey !== true && tool.ownGateway === undefined) return () => false;
  const compiled = catalogue.compiled(tool);
  return (fingerprint) =>
    formatMatch(compiled, { runtime: catalogue.runtimeSeen(fingerprint), userAgent: null }) === 'yes';
}

function resolveScope({ groups }: Policy, text: string): Scope {
  const network = groups.some(({ id }) => id === text) ? null : parseNetwork(text);
  return network === null ? { ...NO_LISTS, groups: [text] } : { ...NO_LISTS, networks: [network] };
}

/** Repeats the statement from the content of a bundle. Null for a tool that this catalogue does not know, or an unknown time zone. */
export function repeatStatement(
  source: SourceRead,
  attributions: readonly HostAttribution[],
  policy: Policy,
  { tool: id, scope, period }: Statement,
): Statement | null {
  const tool = source.catalogue.tool(id);
  const askedPeriod = buildPeriod({ period });
  if (tool === undefined || !Number.isFinite(askedPeriod.sinceSeconds + askedPeriod.untilSeconds))
    return null;
  const { timezone = ZONE } = period;
  if (!isTimeZone(timezone)) return null;
  return statementFor(source, attributions, policy, { tool, scope, timezone, ...askedPeriod });
}

export const buildPeriod = ({ period }: Pick<Statement, 'period'>) => ({
  sinceSeconds: parseInstant(period.since) / US,
  untilSeconds: parseInstant(period.until) / US,
});

/** A policy of one rule that any sign of the tool violates, with the groups and thresholds of the statement. */
function buildPolicy({ tool, scope, via, policy }: StatementQuestion, catalogue: Catalogue): PolicyOnDisk {
  const groups = (policy?.groups ?? []).filter(({ id, exclude }) => exclude || scope.includes(id));
  const named = scope.filter((text) => groups.some(({ id }) => id === text));
  const networks = scope.filter((text) => !named.includes(text));
  for (const text of networks) {
    if (parseNetwork(text) === null)
      throw optionError(
        '--scope',
        `"${text}" is neither a network nor a group of the policy`,
        'write 10.20.0.0/16, or the name of a group with --policy FILE',
      );
  }
  const written = {
    version: 1,
    name: `Statement about ${tool.name}`,
    timezone: ZONE,
    attest: policy?.attest ?? STRICT_LIMITS,
    ...omitEmpty({ accept: policy?.accept.map(({ kind, to }) => ({ kind, to })) }),
    ...(groups.length === 0
      ? {}
      : {
          groups: Object.fromEntries(
            groups.map((group) => [
              group.id,
              { ...buildFields(group), ...(group.exclude ? { exclude: true } : {}) },
            ]),
          ),
        }),
    rules: [
      {
        id: 'STATEMENT',
        title: via.length === 0 ? `${tool.name} is not used` : `${tool.name} passes the gateways`,
        match: { tools: [tool.id] },
        ...(scope.length === 0
          ? {}
          : { scope: omitEmpty({ groups: named, cidr: networks.map(networkText) }) }),
        ...(via.length === 0
          ? { action: 'deny', also: { telemetryOnly: 'info', updateOnly: 'info', relaySuspected: 'info' } }
          : { action: 'allow', via: buildGatewayFields(via), also: { relaySuspected: 'info' } }),
        evidence: { confidence: 'possible', roles: [...ROLES], minRequests: 0 },
      },
    ],
  };
  const text = `${JSON.stringify(written, null, 2)}\n`;
  const file = 'policy of the statement';
  return {
    file,
    text,
    sha256: createHash('sha256').update(text).digest('hex'),
    policy: loadPolicy(text, file, catalogueFacts(catalogue)),
  };
}

/** The two fields in which a policy lists gateways. */
function buildGatewayFields(via: readonly string[]): { readonly cidr?: string[]; readonly name?: string[] } {
  const isNetwork = (text: string): boolean => parseNetwork(text) !== null;
  const [cidr, name] = [via.filter(isNetwork).map(networkText), via.filter((text) => !isNetwork(text))];
  return omitEmpty({ cidr, name });
}

const networkText = (text: string): string => {
  const address = parseAddress(text);
  return address === null ? text : `${text}/${address.length * 8}`;
};

function buildFields({ networks, macs, vlans, names, hosts }: Scope): object {
  return omitEmpty({ cidr: networks.map(formatNetwork), mac: macs, vlan: vlans, name: names, host: hosts });
}

/** Joined time in which hosts were on the network. It does not show when a sensor was on: a laptop may have been asleep. */
const listPresence = (windows: readonly UsageWindow[]): TimeSpan[] =>
  uniteSpans(windows.filter(({ hosts }) => hosts.length > 0).map(partSpan));
