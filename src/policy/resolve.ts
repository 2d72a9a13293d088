// Resolves the names in a policy file: sets, groups, thresholds and dates.

import { PROVIDER_KINDS, type Role, SERVICE_CLASSES, TOOL_KINDS } from '../model/catalogue-words.ts';
import { ADVISORY_SEVERITIES } from '../model/exposure-answers.ts';
import { DEFAULT_RULE, MCP_RULE, SERVICES_RULE } from '../model/findings.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type {
  Accepted,
  CatalogueFacts,
  EvidenceThreshold,
  Group,
  McpMatch,
  Policy,
  PolicyException,
  PolicyTest,
  Rule,
  RuleService,
  Scope,
  ServiceMatch,
  ToolMatch,
  Via,
} from '../model/policy.ts';
import type { Advisory } from '../model/report.ts';
import { SERVICE_PRODUCTS } from '../model/services.ts';
import { STRICT_LIMITS, type StatementLimits } from '../model/statement.ts';
import { canonicalAddress, type Network, parseAddress, parseNetwork } from '../net/address.ts';
import { matchesGlob } from '../text/glob.ts';
import { didYouMean } from '../text/near-word.ts';
import { isPseudonym } from '../text/pseudonym.ts';
import { plainWord, WrittenNames } from '../text/written-name.ts';
import { openZone, type Zone } from '../time/zone.ts';
import { isEvaluated, matchesService, matchesTool } from './match.ts';
import type { PolicyErrors } from './policy-errors.ts';
import { describeClockChange, parseDateTime } from './policy-time.ts';
import { findUnprovable } from './provable.ts';
import { DEFAULT_EVIDENCE } from './rule-evidence.ts';
import type { PolicyFile, ScopeFile } from './schema.ts';
import { warnAboutRules } from './warnings.ts';

type Path = readonly (string | number)[];
type RuleFile = PolicyFile['rules'][number];
type DateTime = 'quarter' | 'any';

/**
 * Returns the evidence for rules about services, uploads or telemetry. They only require that the service answered,
 * that bytes were uploaded, or that telemetry was sent.
 */
const withoutThresholds = (role: Role): Omit<EvidenceThreshold, 'confidence'> => ({
  roles: [role],
  minRequests: 0,
  minActiveMinutes: 0,
});

/** Conditions of an allow rule. */
const CONDITIONS = ['via', 'telemetry', 'upload'] as const;

const UNITS: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };

const parseBytes = (text: string): number =>
  Math.round(Number.parseFloat(text) * (UNITS[text.slice(-2)] ?? 1));

interface Context {
  readonly file: PolicyFile;
  readonly catalogue: CatalogueFacts;
  readonly errors: PolicyErrors;
  readonly zone: Zone;
  readonly tools: WrittenNames<CatalogueFacts['tools'][number]>;
}

/** Builds the policy and adds unresolved names to the faults. */
export function resolvePolicy(file: PolicyFile, catalogue: CatalogueFacts, errors: PolicyErrors): Policy {
  const tools = new WrittenNames(catalogue.tools);
  const context: Context = { file, catalogue, errors, zone: openZone(file.timezone), tools };
  const groups = Object.entries(file.groups ?? {}).map(([id, group]) => resolveGroup(context, id, group));
  const rules = file.rules.map((rule, i) => resolveRule(context, rule, ['rules', i]));
  requireUnique(context, rules, 'rules');
  const otherTools = resolveDefault(context, rules, TOOLS_DEFAULT);
  const otherServices = resolveDefault(
    context,
    rules,
    file.mcp === undefined ? SERVICES_DEFAULT : SERVICES_DEFAULT_WITHOUT_MCP,
  );
  const otherMcp = resolveMcp(context, rules);
  const denying = [otherTools, otherServices, otherMcp].filter((rule) => rule !== null);
  const exceptions = (file.exceptions ?? []).map((item, i) =>
    resolveException(context, item, [...rules, ...denying], ['exceptions', i]),
  );
  requireUnique(context, exceptions, 'exceptions');
  warnAboutRules(rules, catalogue, errors);
  return {
    name: file.name,
    timezone: file.timezone,
    catalogue: file.catalogue ?? null,
    default: typeof file.default === 'object' ? file.default.action : (file.default ?? 'observe'),
    privacy: {
      hosts: file.privacy?.hosts ?? 'address',
      minGroup: file.privacy?.minGroup ?? null,
      retentionDays: {
        windows: file.privacy?.retentionDays?.windows ?? null,
        findings: file.privacy?.retentionDays?.findings ?? null,
      },
    },
    accept: (file.accept ?? []).map((line, i) => resolveAccepted(context, line, ['accept', i])),
    hiddenBytes: resolveHiddenLimits(file),
    attest: resolveStatementLimits(file.attest),
    groups,
    rules: [...rules].sort((a, b) => b.priority - a.priority),
    otherTools,
    otherServices,
    otherMcp,
    exceptions,
    tests: (file.tests ?? []).map((test, i) => resolveTest(context, test, ['tests', i])),
  };
}

function resolveGroup(context: Context, id: string, group: NonNullable<PolicyFile['groups']>[string]): Group {
  const path = ['groups', id];
  if (Object.keys(group).every((key) => key === 'exclude'))
    context.errors.error(path, 'the group names no host: give cidr, mac, vlan, name, host or groups');
  const scope = resolveScope(context, { ...group }, path);
  if (scope.groups.includes(id)) context.errors.error([...path, 'groups'], 'the group contains itself');
  return { id, exclude: group.exclude ?? false, ...scope };
}

const resolveStatementLimits = (written: PolicyFile['attest'] = {}): StatementLimits => ({
  ...STRICT_LIMITS,
  ...omitUndefined(written),
});

/** Maximum hidden bytes of a host on a day. */
const HIDDEN_BYTES = 256_000;

/** Sets the limits of verdicts to those of statements, unless the policy has its own limits for verdicts. */
function resolveHiddenLimits({ verdict, attest }: PolicyFile): Policy['hiddenBytes'] {
  const written = verdict?.hiddenBytes;
  if (written !== undefined) return { onDay: written, inQuarter: written };
  return { onDay: HIDDEN_BYTES, inQuarter: resolveStatementLimits(attest).hiddenBytes };
}

/** Returns the minimum prefix length in bits. A wider network is not a destination. */
const leastPrefix = ({ bytes }: Network): number => (bytes.length === 4 ? 8 : 16);

const NAME_PATTERN = /^(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/;

function resolveAccepted(
  { errors }: Context,
  { kind, to: written }: NonNullable<PolicyFile['accept']>[number],
  path: Path,
): Accepted {
  const to = list(written);
  const networks: Network[] = [];
  const names: string[] = [];
  for (const text of to) {
    const network = parseNetwork(text);
    const name = text.toLowerCase();
    if (network !== null) {
      networks.push(network);
      const least = leastPrefix(network);
      if (network.bits < least)
        errors.error([...path, 'to'], `"${text}" is not a valid destination: use at least /${least}`);
    } else if (NAME_PATTERN.test(name)) names.push(name);
    else
      errors.error(
        [...path, 'to'],
        `"${text}" is neither a network nor a name: write 10.0.0.0/8, github.com or *.example.com`,
      );
  }
  return { kind, networks, names, to };
}

function list<T>(value: T | readonly T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? [...(value as readonly T[])] : [value as T];
}

function resolveScope(
  context: Context,
  scope: ScopeFile & { exclude?: boolean | undefined },
  path: Path,
): Scope {
  const { errors, file } = context;
  const named = list(scope.groups);
  for (const id of named) {
    if (file.groups?.[id] === undefined) {
      errors.error(
        [...path, 'groups'],
        `the group "${id}" is not defined${didYouMean(id, Object.keys(file.groups ?? {}))}`,
      );
    }
  }
  const networks = list(scope.cidr).flatMap((text) => {
    const network = parseNetwork(text);
    if (network === null) {
      errors.error(
        [...path, 'cidr'],
        `"${text}" is not a network: use for example 10.20.0.0/16 or fd00:20::/32, without bits after the prefix`,
      );
      return [];
    }
    return [network];
  });
  const macs = list(scope.mac).map((text) => {
    if (!/^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$/.test(text)) {
      errors.error([...path, 'mac'], `"${text}" is not a MAC address: use for example 02:00:5e:10:00:01`);
    }
    return text.toLowerCase().replaceAll('-', ':');
  });
  for (const host of list(scope.host)) {
    if (isPseudonym(host) || parseAddress(host) !== null) continue;
    errors.error(
      [...path, 'host'],
      `"${host}" is neither an address nor a pseudonym (h-…): write host names as name, networks as cidr`,
    );
  }
  if (scope.name !== undefined && networks.length + macs.length === 0) {
    errors.warn(
      [...path, 'name'],
      'any machine can announce this name: it exempts no host, and sets no scope once a second machine claims it; list the hosts by mac or cidr',
    );
  }
  return {
    groups: listNested(context, named, [...path, 'groups']),
    networks,
    macs,
    vlans: list(scope.vlan),
    names: list(scope.name).map((name) => name.toLowerCase()),
    hosts: list(scope.host).map(canonicalAddress),
  };
}

/** Maximum nested groups; more are a fault of the file. */
const MAX_GROUPS_WITHIN = 1000;

/** Lists groups and all nested groups, each once. */
function listNested({ file, errors }: Context, named: readonly string[], path: Path): string[] {
  const found = new Set(named);
  for (const id of found) {
    for (const inner of list(file.groups?.[id]?.groups)) found.add(inner);
    if (found.size > MAX_GROUPS_WITHIN) {
      errors.error(path, `more than ${MAX_GROUPS_WITHIN} groups are inside one another`);
      break;
    }
  }
  return [...found];
}

function parseTime(context: Context, text: string | undefined, path: Path, grain: DateTime): number | null {
  if (text === undefined) return null;
  const at = parseDateTime(text, context.zone, grain);
  if (typeof at === 'string') {
    context.errors.error(path, at);
    return null;
  }
  const change = describeClockChange(text, at, context.zone);
  if (change !== null) context.errors.warn(path, change);
  return at;
}

/** The treatment of everything without a rule. */
interface DefaultRule {
  readonly key: 'default' | 'services';
  readonly id: string;
  readonly title: string;
  readonly match: RuleFile['match'];
  /** Word for the warning about a missing date. */
  readonly use: string;
}

const TOOLS_DEFAULT: DefaultRule = {
  key: 'default',
  id: DEFAULT_RULE,
  title: 'Only tools that a rule allows may be used',
  match: { kind: TOOL_KINDS.filter((kind) => !PROVIDER_KINDS.includes(kind)) },
  use: 'use',
};

const SERVICES_DEFAULT: DefaultRule = {
  key: 'services',
  id: SERVICES_RULE,
  title: 'Only AI services that a rule allows may run',
  match: { services: 'all' },
  use: 'a service',
};

/** The list of `mcp` states which MCP servers may run. */
const SERVICES_DEFAULT_WITHOUT_MCP: DefaultRule = {
  ...SERVICES_DEFAULT,
  match: { services: { class: SERVICE_CLASSES.filter((name) => name !== 'mcp') } },
};

/** Converts `mcp` to a rule about every MCP server outside its list. */
function resolveMcp(context: Context, rules: readonly Rule[]): Rule | null {
  const { errors, file } = context;
  if (file.mcp === undefined) return null;
  const { allow, ...fields } = file.mcp;
  if (rules.some(({ id }) => id === MCP_RULE))
    errors.error(['mcp'], `"${MCP_RULE}" is the id of the rule of "mcp": give the rule another id`);
  // Rules about services and MCP have the same fields: they only require that a server answered.
  const rule = resolveRule(
    context,
    {
      severity: 'medium',
      ...fields,
      title: fields.title ?? 'Only MCP servers that the policy lists may be used',
      id: MCP_RULE,
      action: 'deny',
      match: { services: { class: 'mcp' } },
    },
    ['mcp'],
  );
  if (rule.effective === null)
    errors.warn(
      ['mcp'],
      'the list has no effective date: use at any time is a violation; write mcp: { allow: […], effective: 2026-07-10 }',
    );
  const { services: _, ...match } = rule.match;
  const evidence = { ...rule.evidence, roles: ['mcp', 'inference'] as const };
  return { ...rule, subjects: [], evidence, match: { ...match, mcp: resolveAllowed(context, allow) } };
}

function resolveAllowed(
  { catalogue: { mcpNames = [] }, errors }: Context,
  allow: readonly string[],
): McpMatch {
  const networks: Network[] = [];
  const names: string[] = [];
  allow.forEach((text, i) => {
    const address = parseAddress(text);
    const network = parseNetwork(address === null ? text : `${text}/${address.length * 8}`);
    const name = text.toLowerCase();
    if (network !== null) {
      const least = leastPrefix(network);
      if (network.bits < least)
        errors.error(['mcp', 'allow', i], `"${text}" allows too many servers: use at least /${least}`);
      networks.push(network);
    } else if (mcpNames.some((pattern) => pattern === name || matchesGlob(pattern, name, 0)))
      names.push(name);
    else
      errors.error(
        ['mcp', 'allow', i],
        `"${text}" is neither a network nor an MCP server of the catalogue${didYouMean(name, mcpNames)}`,
      );
  });
  return { names, networks };
}

/**
 * Converts `default: deny` or `services: deny` to a rule. Without a date, it takes effect with the first dated rule of
 * its kind: before that day the policy makes no statement about any tool or service.
 */
function resolveDefault(context: Context, rules: readonly Rule[], defaultRule: DefaultRule): Rule | null {
  const { errors, file } = context;
  const value = file[defaultRule.key];
  if (value === undefined || value === 'allow' || value === 'observe') return null;
  if (rules.some(({ id }) => id === defaultRule.id))
    errors.error([defaultRule.key], `"${defaultRule.id}" is the id of the default: give the rule another id`);
  const dated = typeof value === 'object' ? value : null;
  const written: RuleFile = {
    severity: 'medium',
    ...dated,
    id: defaultRule.id,
    action: 'deny',
    title: dated?.title ?? defaultRule.title,
    match: defaultRule.match,
  };
  const rest = resolveRule(context, written, [defaultRule.key]);
  if (rest.effective !== null || dated?.effective !== undefined) return rest;
  const isOfServices = rest.match.services !== undefined;
  const first = rules.reduce<number | null>(
    (least, { effective, match }) =>
      effective !== null &&
      (match.services !== undefined) === isOfServices &&
      (least === null || effective < least)
        ? effective
        : least,
    null,
  );
  errors.warn(
    [defaultRule.key],
    `the default has no effective date: ${first === null ? `${defaultRule.use} at any time is a violation` : 'it takes effect with the first rule that has one'}; write ${defaultRule.key}: { action: deny, effective: 2026-07-10 }`,
  );
  return { ...rest, effective: first };
}

function resolveRule(context: Context, rule: RuleFile, path: Path): Rule {
  const { errors } = context;
  const effective = parseTime(context, rule.effective, [...path, 'effective'], 'quarter');
  const until = parseTime(context, rule.until, [...path, 'until'], 'quarter');
  const announced = parseTime(context, rule.announced, [...path, 'announced'], 'quarter');
  const graceUntil = parseTime(context, rule.grace?.until, [...path, 'grace', 'until'], 'quarter');
  if (until !== null && effective !== null && until <= effective) {
    errors.error([...path, 'until'], 'the rule ends before it begins');
  }
  if (announced !== null && effective !== null && announced > effective) {
    errors.error([...path, 'announced'], 'the rule is announced after it takes effect');
  }
  if (graceUntil !== null && rule.effective === undefined) {
    errors.error([...path, 'grace'], 'a grace period needs an effective date');
  }
  if (graceUntil !== null && effective !== null && graceUntil <= effective) {
    errors.error([...path, 'grace', 'until'], 'the grace period ends before the rule takes effect');
  }
  const isJudged = rule.action === 'deny' || CONDITIONS.some((key) => rule[key] !== undefined);
  for (const key of isJudged ? [] : (['grace', 'also', 'related'] as const)) {
    if (rule[key] !== undefined)
      errors.error(
        [...path, key],
        `"${key}" belongs to a rule with action deny, or with a condition (${CONDITIONS.join(', ')})`,
      );
  }
  const via = resolveVia(context, rule, path);
  const related = findToolIds(context, list(rule.related?.tools), [...path, 'related', 'tools']);
  const match = resolveMatch(context, rule.match, [...path, 'match']);
  const tools = listTools(context, match);
  const evidence = {
    ...resolveEvidence(context, rule.evidence, [...path, 'evidence']),
    ...(match.services === undefined && rule.upload === undefined ? {} : withoutThresholds('inference')),
    ...(rule.telemetry === undefined ? {} : withoutThresholds('telemetry')),
  };
  if (match.services !== undefined) refuseToolFields(context, rule, path);
  for (const key of ['telemetry', 'upload'] as const)
    if (rule[key] !== undefined) refuseOtherConditions(context, rule, key, path);
  const both = related.filter((tool) => match.tools.includes(tool));
  if (both.length > 0) errors.error([...path, 'related'], `"${both[0]}" is both matched and related`);
  return {
    id: rule.id,
    rev: rule.rev ?? 1,
    title: rule.title,
    priority: rule.priority ?? 0,
    match,
    subjects: listSubjects(tools, match),
    related,
    scope: resolveScope(context, rule.scope ?? {}, [...path, 'scope']),
    action: rule.action,
    via,
    telemetry: rule.telemetry === undefined ? null : mapTools(tools, ({ telemetry }) => telemetry),
    upload: rule.upload === undefined ? null : { ...rule.upload, above: parseBytes(rule.upload.above) },
    severity: rule.severity ?? (isJudged ? 'high' : 'info'),
    effective,
    until,
    announced,
    graceUntil,
    graceSeverity: rule.grace?.severity ?? 'info',
    evidence,
    also: {
      telemetryOnly: rule.also?.telemetryOnly ?? null,
      updateOnly: rule.also?.updateOnly ?? null,
      relaySuspected: rule.also?.relaySuspected ?? (via === null ? null : 'low'),
      attempted: rule.also?.attempted ?? null,
    },
    references: list(rule.references),
    owner: rule.owner ?? null,
    calls: mapTools(tools, ({ calls }) => calls),
    programs: mapTools(tools, ({ runtimes }) => runtimes),
    unprovable: isJudged ? findUnprovable({ evidence }, tools) : null,
  };
}

/** Returns a fact of each tool that has it, by the id of the tool. */
const mapTools = <T>(
  tools: CatalogueFacts['tools'],
  findFact: (tool: CatalogueFacts['tools'][number]) => T | undefined,
): Map<string, T> =>
  new Map(
    tools.flatMap((tool) => {
      const fact = findFact(tool);
      return fact === undefined ? [] : [[tool.id, fact] as const];
    }),
  );

function listTools({ catalogue }: Context, match: ToolMatch): CatalogueFacts['tools'] {
  return catalogue.tools.filter(
    (tool) => matchesTool(match, tool) || match.advisories?.some((advisory) => advisory.tool === tool.id),
  );
}

function listSubjects(tools: CatalogueFacts['tools'], { services }: ToolMatch): Rule['subjects'] {
  if (services === undefined) return tools.map(({ id, vendor, kind }) => ({ id, vendor, kind }));
  return [...SERVICE_PRODUCTS]
    .flatMap(([product, serviceClass]) =>
      [false, true].map((isExposed): RuleService => ({ product, class: serviceClass, isExposed })),
    )
    .filter((service) => matchesService(services, service));
}

/**
 * Refuses fields of rules about tools in a rule about services: a service answers or not, and no count makes this more
 * certain.
 */
function refuseToolFields({ errors, file }: Context, rule: RuleFile, path: Path): void {
  for (const key of ['related', 'via', 'also'] as const)
    if (rule[key] !== undefined) errors.error([...path, key], `"${key}" belongs to a rule about tools`);
  refuseCounts({ errors, file }, rule, path, 'a rule about tools');
}

/** Refuses a second condition, which needs its own rule. */
function refuseOtherConditions(
  { errors, file }: Context,
  rule: RuleFile,
  own: 'telemetry' | 'upload',
  path: Path,
): void {
  if (rule.action !== 'allow') errors.error([...path, own], `"${own}" belongs to a rule with action allow`);
  if (rule.match.services !== undefined || rule.match.advisory !== undefined)
    errors.error([...path, own], `"${own}" belongs to a rule about tools`);
  for (const key of ['related', 'also', ...CONDITIONS] as const)
    if (key !== own && rule[key] !== undefined)
      errors.error([...path, key], `"${key}" and "${own}" belong to different rules`);
  refuseCounts({ errors, file }, rule, path, 'a rule about use');
}

function refuseCounts(
  { errors, file }: Pick<Context, 'errors' | 'file'>,
  rule: RuleFile,
  path: Path,
  owner: string,
): void {
  const evidence = typeof rule.evidence === 'string' ? file.evidence?.[rule.evidence] : rule.evidence;
  for (const key of ['roles', 'minRequests', 'minActiveMinutes'] as const)
    if (evidence?.[key] !== undefined)
      errors.error([...path, 'evidence'], `"${key}" belongs to ${owner}; give "confidence" alone`);
}

/** Resolves the gateways that allowed use must pass. */
function resolveVia(context: Context, { via, action, match, related }: RuleFile, path: Path): Via | null {
  if (via === undefined) return null;
  const { errors } = context;
  const own: Path = [...path, 'via'];
  if (action !== 'allow')
    errors.error(own, '"via" belongs to a rule with action allow: it says how the tool may be used');
  if (match.advisory !== undefined)
    errors.error(own, '"via" names the path of tools: an advisory names versions');
  if (related !== undefined)
    errors.error([...path, 'related'], '"related" belongs to a rule with action deny');
  if (Object.keys(via).length === 0) errors.error(own, 'no gateway is named: give cidr, host, name or log');
  const { networks } = resolveScope(context, { cidr: via.cidr }, own);
  const hosts = list(via.host).flatMap((text) => {
    const address = parseAddress(text);
    const network = address === null ? null : parseNetwork(`${text}/${address.length * 8}`);
    if (network !== null) return [network];
    errors.error(
      [...own, 'host'],
      `"${text}" is not an address; pass the server name of a gateway as "name"`,
    );
    return [];
  });
  for (const network of networks) {
    if (network.bits < leastPrefix(network))
      errors.error([...own, 'cidr'], 'a network of this size contains the providers too: list the gateways');
  }
  const names = list(via.name).map((name) => name.toLowerCase());
  for (const name of names) {
    if (!/^[a-z0-9_*.-]*[a-z0-9]$/.test(name) || name.replace(/[*.-]/g, '') === '')
      errors.error([...own, 'name'], `"${name}" is not a server name`);
  }
  const isWithoutAddress = Object.keys(via).length > 0 && networks.length + hosts.length === 0;
  if (isWithoutAddress)
    errors.warn(
      [...own, names.length > 0 ? 'name' : 'log'],
      "without its addresses, the gateway's own traffic to the provider looks like a bypass: give host or cidr too",
    );
  const logs = list(via.log);
  for (const name of logs)
    if (name.replace(/\*/g, '') === '')
      errors.error(
        [...own, 'log'],
        `"${name}" means every sensor: name those that read the logs of gateways`,
      );
  return { networks: [...networks, ...hosts], names, logs };
}

function resolveEvidence(context: Context, value: RuleFile['evidence'], path: Path): EvidenceThreshold {
  const named = typeof value === 'string' ? context.file.evidence?.[value] : value;
  if (typeof value === 'string' && named === undefined) {
    const keys = Object.keys(context.file.evidence ?? {});
    context.errors.error(path, `the evidence "${value}" is not defined${didYouMean(value, keys)}`);
  }
  if (named === undefined) return DEFAULT_EVIDENCE;
  const roles: Role[] = list(named.roles);
  return {
    confidence: named.confidence ?? DEFAULT_EVIDENCE.confidence,
    roles: roles.length > 0 ? roles : DEFAULT_EVIDENCE.roles,
    minRequests: named.minRequests ?? DEFAULT_EVIDENCE.minRequests,
    minActiveMinutes: named.minActiveMinutes ?? DEFAULT_EVIDENCE.minActiveMinutes,
  };
}

function resolveMatch(context: Context, match: RuleFile['match'], path: Path): ToolMatch {
  if (Object.keys(match).length === 0) {
    context.errors.error(
      path,
      'the rule matches nothing: give tools, vendors, kind, toolSet, advisory or services',
    );
  }
  const tools = new Set(findToolIds(context, list(match.tools), [...path, 'tools']));
  const vendors = new Set(findVendors(context, list(match.vendors), [...path, 'vendors']));
  const kinds = new Set(list(match.kind));
  for (const set of list(match.toolSet))
    addSet(context, set, { tools, vendors, kinds }, [], [...path, 'toolSet']);
  const named = { tools: [...tools], vendors: [...vendors], kinds: [...kinds] };
  if (match.services !== undefined)
    return { ...named, services: resolveServices(context, match, match.services, path) };
  return match.advisory === undefined
    ? named
    : { ...named, advisories: resolveAdvisories(context, match, path) };
}

function resolveServices(
  { errors }: Context,
  match: RuleFile['match'],
  services: NonNullable<RuleFile['match']['services']>,
  path: Path,
): ServiceMatch {
  if (Object.keys(match).length > 1)
    errors.error(path, '"services" excludes other fields: a rule is about tools or about services');
  const own = services === 'all' ? {} : services;
  return { classes: list(own.class), products: list(own.product), isExposed: own.exposed === true };
}

/**
 * Resolves references to advisories. Advisories are separate from the policy, and a rule that refers to any may match
 * nothing else.
 */
function resolveAdvisories(context: Context, match: RuleFile['match'], path: Path): Advisory[] {
  const { errors, catalogue } = context;
  if (Object.keys(match).length > 1)
    errors.error(path, '"advisory" excludes other fields: it defines tools and versions');
  const advisories = catalogue.advisories ?? [];
  const found = list(match.advisory).flatMap((id) => {
    const named = advisories.filter((advisory) => advisory.id === id);
    if (named.length > 0) return named;
    if (advisories.length > 0 && id === EVERY_ADVISORY) return advisories;
    if (advisories.length > 0 && isSeverity(id)) return advisories.filter(({ severity }) => severity === id);
    const near = didYouMean(
      id,
      advisories.map((advisory) => advisory.id),
    );
    const how = 'evaluate it with "wiretally advisory SOURCE --advisories FILE --policy FILE"';
    const what =
      id === EVERY_ADVISORY || isSeverity(id)
        ? 'no advisory was given'
        : `the advisory "${id}" was not given`;
    errors.error([...path, 'advisory'], `${what}${near}; ${how}`);
    return [];
  });
  return [...new Set(found)];
}

const EVERY_ADVISORY = 'all';
const isSeverity = (word: string): boolean => ADVISORY_SEVERITIES.some((severity) => severity === word);

function addSet(
  context: Context,
  id: string,
  into: { tools: Set<string>; vendors: Set<string>; kinds: Set<ToolMatch['kinds'][number]> },
  trail: readonly string[],
  path: Path,
): void {
  const { errors, file } = context;
  const set = file.toolSets?.[id];
  if (set === undefined) {
    errors.error(
      path,
      `the tool set "${id}" is not defined${didYouMean(id, Object.keys(file.toolSets ?? {}))}`,
    );
    return;
  }
  if (trail.includes(id)) {
    errors.error(['toolSets', id], `the tool set contains itself: ${[...trail, id].join(' > ')}`);
    return;
  }
  const own: Path = ['toolSets', id];
  if (trail.length === 0 && Object.keys(set).length === 0) errors.error(own, 'the tool set is empty');
  for (const tool of findToolIds(context, list(set.tools), [...own, 'tools'])) into.tools.add(tool);
  for (const vendor of findVendors(context, list(set.vendors), [...own, 'vendors'])) into.vendors.add(vendor);
  for (const kind of list(set.kind)) into.kinds.add(kind);
  for (const inner of list(set.sets)) addSet(context, inner, into, [...trail, id], [...own, 'sets']);
}

/** Returns the ids of tools in the file, which have an id or a displayed name in any case. */
function findToolIds({ tools, errors }: Context, texts: readonly string[], path: Path): string[] {
  return texts.flatMap((text) => {
    const tool = tools.find(text);
    if (tool !== undefined) return [tool.id];
    errors.error(path, `the catalogue has no tool "${text}"${tools.didYouMean(text)}`);
    return [];
  });
}

/** Returns the vendors as the catalogue spells them. */
function findVendors({ catalogue, errors }: Context, texts: readonly string[], path: Path): string[] {
  const vendorWords = new Map(catalogue.tools.map(({ vendor }) => [plainWord(vendor), vendor]));
  return texts.flatMap((text) => {
    const vendor = vendorWords.get(plainWord(text));
    if (vendor !== undefined) return [vendor];
    errors.error(path, `the catalogue has no vendor "${text}"${didYouMean(text, vendorWords.values())}`);
    return [];
  });
}

function resolveException(
  context: Context,
  item: NonNullable<PolicyFile['exceptions']>[number],
  rules: readonly Rule[],
  path: Path,
): PolicyException {
  const { errors } = context;
  const rule = rules.find((candidate) => candidate.id === item.rule);
  if (rule === undefined) {
    errors.error(
      [...path, 'rule'],
      `there is no rule "${item.rule}"${didYouMean(
        item.rule,
        rules.map((r) => r.id),
      )}`,
    );
  } else if (!isEvaluated(rule)) {
    errors.error([...path, 'rule'], `"${rule.id}" denies nothing, so nothing can be excepted from it`);
  }
  const from = parseTime(context, item.from, [...path, 'from'], 'quarter');
  const until = parseTime(context, item.until, [...path, 'until'], 'quarter');
  if (from !== null && until !== null && until <= from)
    errors.error([...path, 'until'], 'the exception ends before it begins');
  const effective = rule?.effective ?? null;
  if (until !== null && effective !== null && until <= effective) {
    errors.error([...path, 'until'], `the exception has expired before rule "${item.rule}" takes effect`);
  }
  if (Object.keys(item.scope).length === 0) {
    errors.error(
      [...path, 'scope'],
      'an exception must not apply to every host: add groups, cidr, mac, vlan, name or host',
    );
  }
  return {
    id: item.id,
    rule: item.rule,
    scope: resolveScope(context, item.scope, [...path, 'scope']),
    from,
    until: until ?? 0,
    reason: item.reason,
    approvedBy: item.approvedBy ?? null,
    ticket: item.ticket ?? null,
  };
}

/** The row of unknown programs with MCP servers of the catalogue. */
const REMOTE_MCP = 'remote-mcp';

function resolveTest(
  context: Context,
  test: NonNullable<PolicyFile['tests']>[number],
  path: Path,
): PolicyTest {
  const service = resolveService(context, test, path);
  const [tool = test.tool ?? (test.mcp === undefined ? '' : REMOTE_MCP)] = findToolIds(
    context,
    list(test.tool),
    [...path, 'tool'],
  );
  if (parseAddress(test.host) === null && test.name === undefined && !test.host.startsWith('h-')) {
    context.errors.error([...path, 'host'], `"${test.host}" is not an address; pass a host name as "name"`);
  }
  const roles = list(test.roles);
  if (test.to !== undefined && parseAddress(test.to) === null)
    context.errors.error([...path, 'to'], `"${test.to}" is not an address`);
  return {
    line: context.errors.lineOf(path),
    at: parseTime(context, test.at, [...path, 'at'], 'any') ?? 0,
    host: test.host,
    name: test.name?.toLowerCase() ?? null,
    mac: test.mac?.toLowerCase() ?? null,
    tool,
    service,
    mcp: test.mcp?.toLowerCase() ?? null,
    confidence: test.confidence ?? 'likely',
    requests: test.requests ?? 1,
    minutes: test.minutes ?? 1,
    roles: roles.length > 0 ? roles : [test.mcp === undefined ? 'inference' : 'mcp'],
    to: test.to === undefined ? null : canonicalAddress(test.to),
    expect: test.expect,
  };
}

function resolveService(
  { errors }: Context,
  { tool, service, mcp, exposed, roles }: NonNullable<PolicyFile['tests']>[number],
  path: Path,
): PolicyTest['service'] {
  if (((tool ?? mcp) === undefined) === (service === undefined))
    errors.error(path, 'give tool, service or mcp');
  if (mcp !== undefined && roles !== undefined)
    errors.error([...path, 'roles'], '"roles" belongs to the test of a tool: "mcp" has its own');
  if (exposed !== undefined && service === undefined)
    errors.error([...path, 'exposed'], '"exposed" belongs to the test of a service');
  return service === undefined ? null : { product: service, isExposed: exposed === true };
}

function requireUnique(
  context: Context,
  items: readonly { id: string }[],
  key: 'rules' | 'exceptions',
): void {
  const seen = new Set<string>();
  items.forEach((item, i) => {
    if (seen.has(item.id)) context.errors.error([key, i, 'id'], `the id "${item.id}" is used twice`);
    seen.add(item.id);
  });
}
