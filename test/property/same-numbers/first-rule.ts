// A second reading of a policy file, of its own: each use, and each host, is that of the first rule that matches. Reports are
// compared with it: the rules of the days, findings, hosts in scope, and what rows, tables and the strip make of them.

import { parse } from 'yaml';
import type { Finding, HostReport, ReportDocument, ToolUse } from '../../../src/model/report.ts';
import type { HostAttribution, HostTool } from '../../../src/model/tool.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { parseDateTime } from '../../../src/policy/policy-time.ts';
import { openZone, type Zone } from '../../../src/time/zone.ts';
import { catalogue } from '../judged-recordings.ts';
import type { Case } from './cases.ts';
import type { Same } from './further.ts';

interface RuleText {
  readonly id: string;
  readonly match: { readonly tools?: string[]; readonly vendors?: string[]; readonly kind?: string[] };
  readonly scope?: ScopeText;
  readonly action: 'deny' | 'allow' | 'observe';
  readonly priority?: number;
  readonly effective?: string;
  readonly until?: string;
  readonly grace?: { readonly until: string };
  readonly evidence?: object;
}

interface ScopeText {
  readonly groups?: string[];
  readonly host?: string[];
  readonly cidr?: string[];
}

interface PolicyText {
  readonly timezone: string;
  readonly default?: 'deny' | Omit<RuleText, 'id' | 'match'>;
  readonly groups?: Readonly<Record<string, ScopeText>>;
  readonly rules: readonly RuleText[];
  readonly exceptions?: readonly {
    readonly rule: string;
    readonly scope: ScopeText;
    readonly until: string;
  }[];
}

interface Entry {
  readonly id: string;
  readonly vendor: string;
  readonly kind: string;
}

interface Reading extends Pick<RuleText, 'id' | 'action'> {
  readonly from: number;
  readonly enforcedFrom: number;
  readonly until: number;
  readonly hasOwnEvidence: boolean;
  /** Matches by vendor too. */
  isAbout(entry: Entry): boolean;
  /** Matches an API itself. */
  names(entry: Entry): boolean;
  covers(host: string): boolean;
  /** Whether an exception covers the host then. */
  excepts(host: string, at: number): boolean;
}

const PROVIDERS = new Set(['api', 'gateway', 'cloud', 'runtime', 'hub']);

/** Rules in their order, a default that denies at the end. */
function readRules(text: string): Reading[] {
  const file: PolicyText = parse(text);
  const zone = openZone(file.timezone);
  const instant = (word: string | undefined, otherwise: number): number => {
    const at = word === undefined ? otherwise : parseDateTime(word, zone, 'quarter');
    if (typeof at === 'string') throw new Error(at);
    return at;
  };
  const read = (rule: RuleText): Reading => {
    const { tools = [], vendors = [], kind = [] } = rule.match;
    const names = (entry: Entry): boolean => tools.includes(entry.id) || kind.includes(entry.kind);
    const from = instant(rule.effective, Number.NEGATIVE_INFINITY);
    const exceptions = (file.exceptions ?? []).filter((one) => one.rule === rule.id);
    return {
      ...{ id: rule.id, action: rule.action, from, names },
      enforcedFrom: instant(rule.grace?.until, from),
      until: instant(rule.until, Number.POSITIVE_INFINITY),
      hasOwnEvidence: rule.evidence !== undefined,
      isAbout: (entry) => names(entry) || vendors.includes(entry.vendor),
      covers: (host) => rule.scope === undefined || isIn(file, rule.scope, host),
      excepts: (host, at) =>
        exceptions.some((one) => isIn(file, one.scope, host) && at < instant(one.until, 0)),
    };
  };
  const rules = [...file.rules].sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0)).map(read);
  if (file.default === undefined) return rules;
  const kinds = [...new Set(catalogue.tools.map(({ kind }) => kind as string))].filter(
    (kind) => !PROVIDERS.has(kind),
  );
  const own = file.default === 'deny' ? {} : file.default;
  const rest = read({ ...own, id: 'default', action: 'deny', match: { kind: kinds } });
  const dated = rules.map(({ from }) => from).filter(Number.isFinite);
  const isUndated = rest.from === Number.NEGATIVE_INFINITY && dated.length > 0;
  const from = isUndated ? Math.min(...dated) : rest.from;
  return [...rules, { ...rest, from, enforcedFrom: Math.max(from, rest.enforcedFrom) }];
}

function isIn(file: PolicyText, { groups = [], host = [], cidr = [] }: ScopeText, address: string): boolean {
  return (
    host.includes(address) ||
    cidr.some((network) => isInNetwork(network, address)) ||
    groups.some((id) => isIn(file, file.groups?.[id] ?? {}, address))
  );
}

function isInNetwork(network: string, address: string): boolean {
  const [base = '', bits = '32'] = network.split('/');
  const size = 2 ** (32 - Number(bits));
  const number = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return !address.includes(':') && Math.floor(number(base) / size) === Math.floor(number(address) / size);
}

const isInForce = ({ from, until }: Reading, at: number): boolean => at >= from && at < until;

function firstRule(
  rules: readonly Reading[],
  host: string,
  of: readonly Entry[],
  at: number,
): Reading | null {
  return rules.find((rule) => isInForce(rule, at) && rule.covers(host) && of.some(rule.isAbout)) ?? null;
}

interface Compared {
  readonly said: ReportDocument;
  readonly page: string;
  readonly csv: string;
  readonly windows: readonly UsageWindow[];
  readonly attributions: readonly HostAttribution[];
  readonly one: Case;
}

export function compareRules({ said, page, csv, windows, attributions, one }: Compared, same: Same): void {
  const rules = readRules(one.policy);
  const zone = openZone(said.period.timezone);
  compareScopes(said, rules, windows, one, same);
  const found = new Map(attributions.map((each) => [each.host, each]));
  for (const report of said.hosts) {
    const { tools = [], providers = [] } = found.get(report.host) ?? {};
    const uses = [...report.tools, ...report.providers];
    for (const use of uses) {
      const rows = [
        ...tools.map((row) => ({ row, isProvider: false })),
        ...providers.map((row) => ({ row, isProvider: true })),
      ].filter(({ row }) => row.use.tool === use.tool);
      const days = new Map<string, Decided>();
      for (const { row, isProvider } of rows) decide(days, rules, report.host, row, isProvider, zone);
      for (const day of use.days) {
        const { now = new Set(), later = new Set() } = days.get(day.date) ?? {};
        const about = `${report.host} ${use.tool} on ${day.date}`;
        same(`rules of ${about}`, [...(day.rules ?? [])].sort(), [...now].sort());
        same(`upcoming rules of ${about}`, [...(day.upcomingRules ?? [])].sort(), [...later].sort());
      }
      for (const finding of said.findings ?? [])
        if (finding.host === report.host && finding.tool === use.tool) compareFinding(finding, days, same);
    }
    for (const row of tools) compareViolations(said, rules, report.host, row, same);
  }
  compareRows(said, csv, same);
  compareTools(said, page, same);
  compareStrip(said, page, same);
}

interface Decided {
  readonly now: Set<string>;
  readonly later: Set<string>;
}

const entryOf = ({ tool, vendor, kind }: Pick<ToolUse, 'tool' | 'vendor' | 'kind'>): Entry => ({
  id: tool,
  vendor,
  kind,
});

/** Adds the rules of each quarter hour of a row, and of what it asked of APIs. */
function decide(
  days: Map<string, Decided>,
  rules: readonly Reading[],
  host: string,
  row: HostTool,
  isProvider: boolean,
  zone: Zone,
): void {
  const own = entryOf(row.use);
  const add = (
    of: readonly Entry[],
    quarters: HostTool['quarters'],
    isMeant: (rule: Reading) => boolean,
  ): void => {
    for (const { startSeconds: at } of quarters) {
      const day = zone.dayOf(at);
      const decided = days.get(day) ?? { now: new Set(), later: new Set() };
      days.set(day, decided);
      const now = firstRule(rules, host, of, at);
      if (now !== null && isMeant(now)) decided.now.add(now.id);
      for (const rule of rules)
        if (at < rule.from && isMeant(rule) && firstRule(rules, host, of, rule.from) === rule)
          decided.later.add(rule.id);
    }
  };
  add([own], row.quarters, (rule) => (isProvider ? rule.names(own) : rule.isAbout(own)));
  for (const { api, part } of row.apis ?? []) {
    const asked = entryOf(api);
    add([own, asked], part.quarters, (rule) => !rule.isAbout(own) && rule.isAbout(asked));
  }
}

/** Only suspicions may be about a tool that the rule does not name. */
function compareFinding(
  { id, rule, result, days: dates }: Finding,
  days: Map<string, Decided>,
  same: Same,
): void {
  if (result !== 'violation' && result !== 'grace' && result !== 'exempt') return;
  for (const date of dates) same(`${id} on ${date}`, days.get(date)?.now.has(rule) === true, true);
}

/** A tool that made a request under a rule that denies it, after its grace period and without an exception, violates it. */
function compareViolations(
  said: ReportDocument,
  rules: readonly Reading[],
  host: string,
  row: HostTool,
  same: Same,
): void {
  const denying = new Set<string>();
  for (const { startSeconds: at, confidence, byRole } of row.quarters) {
    const rule = firstRule(rules, host, [entryOf(row.use)], at);
    if (rule === null || rule.action !== 'deny' || rule.hasOwnEvidence) continue;
    if (at < rule.enforcedFrom || rule.excepts(host, at) || confidence === 'possible') continue;
    if ((byRole.inference?.requests?.min ?? 0) >= 1) denying.add(rule.id);
  }
  const use = said.hosts.find((each) => each.host === host)?.tools.find(({ tool }) => tool === row.use.tool);
  for (const id of use === undefined ? [] : denying) {
    const isFound = said.findings?.some(
      (one) =>
        one.rule === id && one.host === host && one.tool === row.use.tool && one.result === 'violation',
    );
    same(`violation of ${id} by ${host} with ${row.use.tool}`, isFound, true);
  }
}

/** Hosts that asked for something: routers, resolvers and address servers only answer. */
function listClients(windows: readonly UsageWindow[]): ReadonlySet<string> {
  return new Set(
    windows.flatMap(({ hosts, account, rows, queriedNames, hellos, outcomes }) => {
      const accounts = new Map((account ?? []).map((own) => [own.host, own]));
      const opening = hosts.filter(({ host, flows, bytesUp, bytesDown }) => {
        if (flows + bytesUp + bytesDown === 0) return false;
        const own = accounts.get(host);
        const isExchange = bytesUp > 0 && bytesDown > 0;
        return own === undefined || isExchange || own.lookedInto + own.inside > 0 || own.hidden.length > 0;
      });
      return [opening, rows, queriedNames, hellos ?? [], outcomes ?? []].flatMap((list) =>
        list.map(({ host }) => host),
      );
    }),
  );
}

/** Hosts for which the rule is the first for some tool that it is about. */
function compareScopes(
  said: ReportDocument,
  rules: readonly Reading[],
  windows: readonly UsageWindow[],
  { hosts: asked, sinceSeconds = Number.NEGATIVE_INFINITY, untilSeconds = Number.POSITIVE_INFINITY }: Case,
  same: Same,
): void {
  if (asked.length > 0) return;
  const quarters = new Map<string, Set<number>>();
  const clients = listClients(windows);
  for (const { startSeconds, hosts } of windows)
    for (const { host, bytesUp, bytesDown } of hosts) {
      if (!clients.has(host)) continue;
      const known = quarters.get(host) ?? new Set();
      quarters.set(host, known);
      if (bytesUp + bytesDown > 0) known.add(Math.floor(startSeconds / 900) * 900);
    }
  const kinds = [
    ...new Map(
      catalogue.tools.map((tool) => [rules.map((rule) => rule.isAbout(tool)).join(), tool]),
    ).values(),
  ];
  const instants = rules.flatMap(({ from, until }) => [from, until]);
  for (const summary of said.summary?.rules ?? []) {
    const rule = rules.find(({ id }) => id === summary.rule);
    if (rule === undefined) continue;
    const isFirst = (host: string, at: number): boolean =>
      kinds.some((tool) => rule.isAbout(tool) && firstRule(rules, host, [tool], at) === rule);
    const inScope = [...quarters].filter(([host]) => instants.some((at) => isFirst(host, at)));
    same(`hosts in scope of ${rule.id}`, summary.inScope, inScope.length);
    const seen = inScope.filter(([host, own]) =>
      [...own].some(
        (at) =>
          at + 900 > Math.max(rule.enforcedFrom, sinceSeconds) &&
          at < Math.min(rule.until, untilSeconds) &&
          isFirst(host, at),
      ),
    );
    const isEverEnforced = rule.enforcedFrom < rule.until;
    same(`hosts seen of ${rule.id}`, summary.hostsSeen, isEverEnforced ? seen.length : 0);
  }
}

const actionsOf = ({ policy }: ReportDocument): ReadonlyMap<string, string> =>
  new Map((policy?.rules ?? []).map(({ id, action }) => [id, action]));

const GRAVEST = [
  'violation',
  'bypass',
  'suspected',
  'grace',
  'exempt',
  'telemetryOnly',
  'updateOnly',
  'attempted',
];

const cellsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) => quoted ?? plain);

/** The column `policy` of the rows in CSV. */
function compareRows(said: ReportDocument, csv: string, same: Same): void {
  const actions = actionsOf(said);
  const [head = '', ...lines] = csv.trim().split(/\r?\n/);
  const names = cellsOf(head);
  const [host, tool, policy] = ['host', 'tool', 'policy'].map((name) => names.indexOf(name));
  for (const line of lines) {
    const cells = cellsOf(line);
    const [ofHost = '', ofTool = '', told = ''] = [cells[host ?? -1], cells[tool ?? -1], cells[policy ?? -1]];
    const use = usesOf(said.hosts.find((each) => each.host === ofHost)).find((each) => each.tool === ofTool);
    if (use === undefined) continue;
    const results = (said.findings ?? [])
      .filter((one) => one.host === ofHost && one.tool === ofTool)
      .map(({ result }) => result);
    const gravest = GRAVEST.find((result) => results.some((each) => each === result));
    const isAllowed = rulesOfUse(use).some((rule) => actions.get(rule) === 'allow');
    const expected = gravest ?? (told === 'notSince' ? told : isAllowed ? 'approved' : 'observed');
    same(`policy of ${ofHost} ${ofTool}`, told, expected);
  }
}

const usesOf = (host: HostReport | undefined): ToolUse[] =>
  host === undefined ? [] : [...host.tools, ...host.providers];

const rulesOfUse = ({ days }: ToolUse): string[] =>
  days.flatMap(({ rules = [], upcomingRules = [] }) => [...rules, ...upcomingRules]);

/** The table of tools calls those banned that a rule denies, on all hosts or on some. */
function compareTools(said: ReportDocument, page: string, same: Same): void {
  const actions = actionsOf(said);
  const section = /<section id="tools"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  for (const [, name = '', cell = ''] of section.matchAll(
    /<th scope="row" data-v="([^"]*)">[\s\S]*?data-l="Policy">([\s\S]*?)<\/td>/g,
  )) {
    const uses = said.hosts.flatMap((host) =>
      usesOf(host).filter((use) => use.name === name.replaceAll('&amp;', '&')),
    );
    const denied = uses.filter((use) => rulesOfUse(use).some((rule) => actions.get(rule) === 'deny'));
    const told = />banned on some hosts</.test(cell) ? 'some' : />banned</.test(cell) ? 'all' : 'none';
    same(
      `ban of ${name}`,
      told,
      denied.length === 0 ? 'none' : denied.length === uses.length ? 'all' : 'some',
    );
  }
}

/** Minutes of the strip by day, under what rules deny and beside it. */
function compareStrip(said: ReportDocument, page: string, same: Same): void {
  const section = /<section id="hosts"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  if (!section.includes('class="top"') || !section.includes('Active minutes')) return;
  const denying = new Set(
    (said.policy?.rules ?? [])
      .filter(({ action, via }) => action === 'deny' || via !== undefined)
      .map(({ id }) => id),
  );
  const rows = new Map(
    [...section.matchAll(/<tr data-q="(\S+) [^"]*"[\s\S]*?<\/tr>/g)].map(([row, host = '']) => [
      host,
      [...row.matchAll(/<td class="c [^"]*">(\d*)/g)].map(([, minutes]) => Number(minutes)),
    ]),
  );
  for (const host of said.hosts) {
    const cells = rows.get(host.host.toLowerCase());
    if (cells === undefined || host.tools.some(({ confidence }) => confidence === 'possible')) continue;
    const half = cells.length / 2;
    const minutes = (isDenied: boolean): number =>
      usesOf(host)
        .flatMap(({ days }) => days)
        .filter(
          ({ rules = [], upcomingRules = [] }) =>
            [...rules, ...upcomingRules].some((id) => denying.has(id)) === isDenied,
        )
        .reduce((sum, { activeMinutes }) => sum + (activeMinutes ?? 0), 0);
    const told = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0);
    same(
      `minutes of ${host.host}`,
      [told(cells.slice(0, half)), told(cells.slice(half))],
      [minutes(true), minutes(false)],
    );
  }
}
