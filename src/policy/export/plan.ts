// Plans what a device blocks: per deny rule, the names and networks that can be blocked, the collateral damage, and
// what cannot be blocked. Every export format prints these plans.

import type { Role, Specificity } from '../../model/catalogue-words.ts';
import type { Policy, PolicyException, Rule, Scope } from '../../model/policy.ts';
import {
  canonicalAddress,
  compareText,
  formatNetwork,
  parseAddress,
  parseNetwork,
} from '../../net/address.ts';
import { joinWords } from '../../text/quantity.ts';
import { wrap } from '../../text/text-layout.ts';
import { openZone, zonedTime } from '../../time/zone.ts';
import { allRules, isEvaluated, matchesTool } from '../match.ts';
import { listRulesAbove } from '../phases.ts';
import { coversTimeOf, isWiderThan } from '../warnings.ts';

export interface ExportTool {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly kind: string;
  readonly endpoints: readonly {
    readonly host: string;
    readonly match: 'exact' | 'suffix' | 'glob';
    readonly role: Role;
    readonly specificity: Specificity;
  }[];
  /** CIDR texts of networks that the vendor owns. */
  readonly networks: readonly string[];
  /** JA4 values that identify the tool itself, not only its runtime. */
  readonly ja4: readonly string[];
}

export interface ExportContext {
  readonly policy: Policy;
  readonly policySha256: string;
  readonly catalogueVersion: string;
  readonly tools: readonly ExportTool[];
  /** Computes the lower-case hex SHA-1 of UTF-8 text, for deterministic identifiers (RFC 9562 §5.5). */
  readonly sha1: (text: string) => string;
  /** Alert-only entries, in formats that distinguish alerts from blocking. */
  readonly alertOnly?: boolean;
}

/** Verbs for the actions of the device, as in the header of its file. */
export interface DeviceWords {
  /** Null if it blocks nothing. */
  readonly blocks: string | null;
  /** Traffic that the device passes or cannot see. */
  readonly lets: string;
  /** The device blocks for all its clients. It cannot express scope, exceptions and allowed networks. */
  readonly isForAllClients?: true;
}

/** Used for files that other programs read, not a device. */
export const INDICATORS: DeviceWords = {
  blocks: null,
  lets: 'everything: indicators are for other programs to act on',
};

export interface ExportFile {
  readonly name: string;
  readonly text: string;
  /** The file contains the notes for another file whose format has no comments. */
  readonly isNotes?: true;
}

export interface BlockedName {
  /** Lower case; for a suffix, without the leading "*.". */
  readonly name: string;
  readonly match: 'exact' | 'suffix' | 'glob';
  readonly isVendorWide: boolean;
  /** A tool sends telemetry to the name. */
  readonly isTelemetry: boolean;
  readonly tools: readonly string[];
}

export interface BlockPlan {
  readonly rule: Rule;
  readonly names: readonly BlockedName[];
  readonly networks: readonly { readonly cidr: string; readonly tool: string }[];
  readonly ja4: readonly { readonly ja4: string; readonly tool: string }[];
  /** Names that are not blocked, with the reason. */
  readonly spared: readonly { readonly name: string; readonly why: string }[];
  /** Networks of the rule's scope; empty: everywhere. */
  readonly sources: readonly string[];
  /** Networks that an exception exempts, with its id and end. */
  readonly exempt: readonly { readonly cidr: string; readonly exception: PolicyException }[];
  /** Networks for which an earlier rule allows everything that the rule denies, with its id. */
  readonly allowed: readonly { readonly cidr: string; readonly rule: string }[];
  /** Addresses of the gateways of a required path. Traffic from and to them passes. Empty for a ban. */
  readonly gateways: readonly string[];
  /** Networks that pass: gateways, exempt networks, and networks that earlier rules allow. */
  readonly passing: readonly string[];
  /** Parts of the scope or of exceptions that a network device cannot match. */
  readonly notCarried: readonly string[];
}

/** Pages that describe a product are not use of it. */
const HARMLESS_ROLES: readonly Role[] = ['web', 'docs', 'cdn'];

/** Returns one plan per rule that denies tools and per rule with a required path, in the policy's order, then that of the default. */
export function planBlocks(context: ExportContext): BlockPlan[] {
  return allRules(context.policy)
    .filter(
      (rule) =>
        isEvaluated(rule) && (rule.match.services ?? rule.match.mcp) === undefined && rule.upload === null,
    )
    .map((rule) => planRule(context, rule));
}

/** Names are written to configuration files and scripts of devices, so texts that are not host names are omitted. */
export const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_*-]{1,63}(\.[a-z0-9_*-]{1,63})+$/;

function planRule(context: ExportContext, rule: Rule): BlockPlan {
  const { denied, earlier } = listDeniedTools(context, rule);
  const { names, spared } = listDeniedNames(context, rule, denied);
  // For a tool that may be used, only the names of its telemetry are denied.
  const destinations = rule.telemetry === null ? denied : [];
  const scope = describeScope(context.policy, rule.scope, `rule ${rule.id}`);
  const exceptions = context.policy.exceptions.filter((item) => item.rule === rule.id);
  const exempt = exceptions.map((exception) => ({
    exception,
    ...describeScope(context.policy, exception.scope, `exception ${exception.id}`),
  }));
  const exemptNetworks = exempt.flatMap((item) =>
    item.networks.map((cidr) => ({ cidr, exception: item.exception })),
  );
  const { allowed: allowedNetworks, notCarried } = listEarlier(context.policy, rule, denied, earlier);
  const gateways = (rule.via?.networks ?? []).map(formatNetwork);
  return {
    rule,
    names,
    networks: dropRepeats(
      destinations.flatMap((tool) =>
        tool.networks.map((cidr) => ({ cidr: canonicalNetwork(cidr), tool: tool.id })),
      ),
      (item) => item.cidr,
    ),
    ja4: dropRepeats(
      destinations.flatMap((tool) => tool.ja4.map((ja4) => ({ ja4, tool: tool.id }))),
      (item) => item.ja4,
    ),
    spared,
    sources: scope.networks,
    exempt: exemptNetworks,
    allowed: allowedNetworks,
    gateways,
    passing: [...new Set([...[...exemptNetworks, ...allowedNetworks].map(({ cidr }) => cidr), ...gateways])],
    notCarried: [
      ...scope.notCarried,
      ...notCarried,
      ...exempt.flatMap((item) => item.notCarried),
      ...(rule.via?.names ?? []).map((name) => `gateway ${name}: give its address in the policy too`),
    ],
  };
}

/** Lists names of denied tools that a device may block, and omitted names with the reason. */
function listDeniedNames(
  context: ExportContext,
  rule: Rule,
  denied: readonly ExportTool[],
): Pick<BlockPlan, 'names' | 'spared'> {
  const allowed = listAllowed(context, new Set(denied.map((tool) => tool.id)));
  const names = new Map<
    string,
    Pick<BlockedName, 'match'> & { isVendorWide: boolean; isTelemetry: boolean; tools: Set<string> }
  >();
  const spared = new Map<string, string>();
  for (const tool of denied) {
    for (const endpoint of tool.endpoints) {
      const host = endpoint.host.toLowerCase();
      const name = endpoint.match === 'suffix' ? host.replace(/^\*?\./, '') : host;
      const allowedBy = allowed.get(host);
      if (!HOST_NAME.test(name)) spared.set(oneLine(host), 'no host name');
      else if (rule.action === 'allow' && !rule.evidence.roles.includes(endpoint.role))
        spared.set(host, `its role is ${endpoint.role}, which the rule is not about`);
      else if (endpoint.specificity === 'shared')
        spared.set(host, 'shared with programs that have nothing to do with AI');
      else if (HARMLESS_ROLES.includes(endpoint.role)) spared.set(host, `only ${endpoint.role} pages`);
      else if (allowedBy !== undefined) spared.set(host, `an allowed tool needs it (${allowedBy})`);
      else {
        const key = endpoint.match === 'suffix' ? `*.${name}` : name;
        const entry = names.get(key) ?? {
          match: endpoint.match,
          isVendorWide: false,
          isTelemetry: false,
          tools: new Set<string>(),
        };
        entry.tools.add(tool.id);
        entry.isVendorWide ||= endpoint.specificity === 'vendor';
        entry.isTelemetry ||= endpoint.role === 'telemetry';
        names.set(key, entry);
      }
    }
  }
  return {
    names: [...names]
      .map(([key, { tools, ...entry }]) => ({
        name: key.replace(/^\*\./, ''),
        ...entry,
        tools: [...tools].sort(compareText),
      }))
      .sort((a, b) => compareText(a.name, b.name) || compareText(a.match, b.match)),
    spared: [...spared].map(([name, why]) => ({ name, why })).sort((a, b) => compareText(a.name, b.name)),
  };
}

/** Lists earlier rules that do not deny, and the denied tools that none of them exempts everywhere and at any time. */
function listDeniedTools(
  { policy, tools }: ExportContext,
  rule: Rule,
): { readonly denied: readonly ExportTool[]; readonly earlier: readonly Rule[] } {
  const milder = listRulesAbove(policy, rule).filter(({ action }) => action !== 'deny');
  const taking = milder.filter((other) => isWiderThan(other, rule));
  return {
    denied: tools.filter(
      (tool) => matchesTool(rule.match, tool) && !taking.some(({ match }) => matchesTool(match, tool)),
    ),
    earlier: milder.filter((other) => !taking.includes(other)),
  };
}

/** Lists networks that earlier rules allow. A partial or temporary permission is not expressible on a device. */
function listEarlier(
  policy: Policy,
  rule: Rule,
  denied: readonly ExportTool[],
  earlier: readonly Rule[],
): Pick<BlockPlan, 'allowed' | 'notCarried'> {
  const parts = earlier.map((other) => {
    const tools = denied.filter((tool) => matchesTool(other.match, tool));
    const { networks, notCarried } = describeScope(policy, other.scope, `rule ${other.id}`);
    if (tools.length === 0) return { allowed: [], notCarried: [] };
    if (tools.length === denied.length && coversTimeOf(other, rule))
      return { allowed: networks.map((cidr) => ({ cidr, rule: other.id })), notCarried };
    const where = networks.length === 0 ? 'some hosts' : networks.join(', ');
    const names = joinWords(tools.map(({ name }) => name));
    return { allowed: [], notCarried: [`rule ${other.id}: it decides first about ${names} of ${where}`] };
  });
  return {
    allowed: parts.flatMap((part) => part.allowed),
    notCarried: parts.flatMap((part) => part.notCarried),
  };
}

/** Lists names that an allow rule needs and that the denied tools use too. */
function listAllowed(context: ExportContext, denied: ReadonlySet<string>): Map<string, string> {
  const names = new Map<string, string>();
  for (const rule of context.policy.rules) {
    if (rule.action !== 'allow' || rule.via !== null) continue;
    for (const tool of context.tools) {
      if (denied.has(tool.id) || !matchesTool(rule.match, tool)) continue;
      for (const endpoint of tool.endpoints) names.set(endpoint.host.toLowerCase(), tool.id);
    }
  }
  return names;
}

function describeScope(
  policy: Policy,
  scope: Scope,
  owner: string,
): { networks: string[]; notCarried: string[] } {
  const networks: string[] = scope.networks.map(formatNetwork);
  const notCarried: string[] = [];
  for (const part of [scope, ...policy.groups.filter((group) => scope.groups.includes(group.id))]) {
    if (part !== scope) networks.push(...part.networks.map(formatNetwork));
    if (part.macs.length > 0) notCarried.push(`${owner}: MAC ${part.macs.join(', ')}`);
    if (part.vlans.length > 0) notCarried.push(`${owner}: VLAN ${part.vlans.join(', ')}`);
    if (part.names.length > 0) notCarried.push(`${owner}: host names ${part.names.join(', ')}`);
    networks.push(...part.hosts.filter((host) => parseAddress(host) !== null).map(canonicalAddress));
  }
  return { networks: [...new Set(networks)].sort(compareText), notCarried };
}

function canonicalNetwork(cidr: string): string {
  const network = parseNetwork(cidr);
  return network === null ? cidr : formatNetwork(network);
}

function dropRepeats<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Map<string, T>();
  for (const item of items) if (!seen.has(key(item))) seen.set(key(item), item);
  return [...seen].sort((a, b) => compareText(a[0], b[0])).map((entry) => entry[1]);
}

/** Returns the comment lines (without a comment sign) with which every text format begins a rule. */
export function describePlan(
  context: ExportContext,
  plan: BlockPlan,
  { blocks, lets, isForAllClients }: DeviceWords,
): string[] {
  const { rule } = plan;
  const zone = openZone(context.policy.timezone);
  const [from, until] = [rule.effective, rule.until].map((time) =>
    time === null ? null : zonedTime(time, zone),
  );
  const lines = [
    `Rule ${rule.id} rev ${rule.rev}: ${rule.title}`,
    `Policy "${context.policy.name}", sha256 ${context.policySha256}; catalogue ${context.catalogueVersion}`,
    `Valid from ${from ?? 'the beginning'} until ${until ?? 'further notice'}`,
  ];
  lines.push(
    blocks === null ? 'Blocks nothing: it reports matches' : `Blocks: ${blocks}`,
    `Lets pass: ${lets}`,
  );
  if (plan.gateways.length > 0)
    lines.push(`Required path: through ${plan.gateways.join(', ')}; their own traffic has to pass`);
  const wide = listNames(plan.names.filter((name) => name.isVendorWide));
  if (wide !== '')
    lines.push(
      `${blocks === null ? 'Matches' : 'Blocks'} too much: these names serve every product of their vendor: ${wide}`,
    );
  const telemetry = listNames(plan.names.filter((name) => name.isTelemetry));
  if (blocks !== null && telemetry !== '')
    lines.push(`Telemetry too, which tools may try to send again and again while it fails: ${telemetry}`);
  for (const item of plan.spared) lines.push(`Not blocked: ${item.name}: ${item.why}`);
  for (const item of plan.notCarried) lines.push(`Not carried over: ${item}`);
  for (const item of plan.exempt) {
    const { exception } = item;
    lines.push(
      isForAllClients === true
        ? `Blocked too, although exempt until ${zonedTime(exception.until, zone)}: ${item.cidr} (${exception.id})`
        : `Exempt until ${zonedTime(exception.until, zone)}: ${item.cidr} (${exception.id}); after that, export again`,
    );
  }
  for (const { cidr, rule: other } of plan.allowed)
    lines.push(
      `${isForAllClients === true ? 'Blocked too, although allowed' : 'Allowed'} by rule ${other}: ${cidr}`,
    );
  lines.push('Cannot be blocked by name: relays and gateways under other names, and names hidden by ECH');
  return lines;
}

/** A name and the names below it are two entries of one name. */
const listNames = (names: readonly BlockedName[]): string =>
  [...new Set(names.map(({ name }) => name))].join(', ');

const MAX_LINE = 900;

/** Writes a text of a policy on one line, so that a line break cannot end a comment or quoted string. */
export const oneLine = (text: string): string => withoutBreaks(text).slice(0, MAX_LINE);

const withoutBreaks = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');

/** Long lists of names take several lines, so that none of them is left out. */
export function comment(sign: string, lines: readonly string[]): string {
  return lines
    .flatMap((line) => wrap(withoutBreaks(line), MAX_LINE))
    .map((line) => `${sign} ${line}\n`)
    .join('');
}

/** A text format: one file for each rule that blocks, with its notes as comments and then the configuration. */
export interface PlanFormat {
  readonly ending: string;
  readonly sign: string;
  readonly words: DeviceWords;
  /** Lines of the notes in addition to the plan. */
  readonly notes?: (plan: BlockPlan) => readonly string[];
  readonly text: (plan: BlockPlan) => string;
}

export const exportPlans = (
  context: ExportContext,
  { ending, sign, words, notes, text }: PlanFormat,
  plans: readonly BlockPlan[] = planBlocks(context),
): ExportFile[] =>
  plans.map((plan) => ({
    name: `wiretally-${plan.rule.id}.${ending}`,
    text: comment(sign, [...describePlan(context, plan, words), ...(notes?.(plan) ?? [])]) + text(plan),
  }));

/** Selects plans for formats that support networks only. */
export const plansWithNetworks = (context: ExportContext): BlockPlan[] =>
  planBlocks(context).filter(({ networks }) => networks.length > 0);

/** Computes a name-based UUID (RFC 9562 §5.5, version 5) in a namespace of this project. */
export function stableUuid(context: ExportContext, text: string): string {
  const hex = context.sha1(`wiretally:${context.policySha256}:${text}`).slice(0, 32).split('');
  hex[12] = '5';
  hex[16] = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  const h = hex.join('');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}
