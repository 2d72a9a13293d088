// Checks the rules of the catalogue beyond its schema: sources, breadth of suffixes, contradictory claims of two
// entries.

import type { Role } from '../model/catalogue-words.ts';
import { compareText } from '../net/address.ts';
import { compareVersions, intersectSpans, uniteSpans, type VersionSpan } from '../text/version.ts';
import { splitWords } from '../text/word-lists.ts';
import { DRAFT } from './draft-entry.ts';
import { isAmong, matchesName } from './name-index.ts';
import { isProviderKind, PROGRAM_ROLES } from './rules.ts';
import type { BuildLine, BuildMark, CatalogueData, Endpoint, EvidenceRule, ToolEntry } from './schema.ts';

/**
 * Names that unrelated customers share: hosting, clouds, content networks, code hosting, package registries,
 * third-party telemetry. A suffix must not match any of them.
 */
const CROWDED = splitWords(
  'amazonaws.com api.aws on.aws azure.com azurewebsites.net azureedge.net windows.net',
  'blob.core.windows.net googleapis.com google.com gstatic.com run.app web.app appspot.com',
  'cloudfront.net cloudflare.com workers.dev pages.dev r2.cloudflarestorage.com fastly.net',
  'akamaized.net b-cdn.net github.com githubusercontent.com github.io gitlab.com vercel.app',
  'netlify.app herokuapp.com ngrok.io ngrok.app aliyuncs.com aliyun.com tencent.com baidu.com',
  'oraclecloud.com microsoft.com visualstudio.com sentry.io datadoghq.com posthog.com',
  'segment.io intercom.io ovh.net myqcloud.com volces.com',
);

/** Returns all faults, in the order of the catalogue. `own`: ids of entries that are not built in. */
export function lintCatalogue(data: CatalogueData, own: ReadonlySet<string> = new Set()): LintProblem[] {
  const problems: LintProblem[] = [];
  for (const tool of data.tools) problems.push(...lintTool(tool, data));
  return [...problems, ...lintContradictions(data.tools), ...lintExclusive(data.tools, own)];
}

function lintTool(tool: ToolEntry, data: CatalogueData): LintProblem[] {
  const problems: LintProblem[] = [];
  const report = (path: string, message: string): void => {
    problems.push({ tool: tool.id, path, message });
  };
  if (tool.notes?.startsWith(DRAFT)) report('notes', 'a draft: check it, and remove the word "draft"');
  const seen = new Set<string>();
  for (const [i, endpoint] of tool.endpoints.entries()) {
    const path = `endpoints[${i}]`;
    if (seen.has(endpoint.host)) report(`${path}.host`, `${endpoint.host} is listed twice`);
    seen.add(endpoint.host);
    lintEndpoint(endpoint, path, report);
  }
  lintHistory(tool, data, report);
  const runtimes = new Set(data.runtimes.map(({ id }) => id));
  for (const id of tool.runtimes ?? [])
    if (!runtimes.has(id)) report('runtimes', `runtime "${id}" is not known`);
  for (const [i, network] of (tool.networks ?? []).entries()) {
    if (network.cidr === undefined && network.asn === undefined)
      report(`networks[${i}]`, 'neither cidr nor asn');
  }
  lintBuilds(tool, runtimes, report);
  const ids = new Set<string>();
  for (const [i, rule] of (tool.evidence ?? []).entries()) {
    if (ids.has(rule.id)) report(`evidence[${i}].id`, `rule "${rule.id}" is listed twice`);
    ids.add(rule.id);
    lintRule(rule, tool, `evidence[${i}]`, runtimes, report);
  }
  return problems;
}

/** Checks the fields `formerly`, `since` and `ended`. Successors in lower case are ids of entries; others are plain names. */
function lintHistory(
  { name, since = [], formerly, ended = [] }: ToolEntry,
  { tools }: CatalogueData,
  report: ReportProblem,
): void {
  const last = formerly?.[0]?.name;
  if (last !== undefined && !name.endsWith(` (formerly ${last})`))
    report('name', `ends with "(formerly ${last})", because \`formerly\` begins with it`);
  for (const [i, { day, date }] of since.entries())
    if (day > date) report(`since[${i}].day`, `${day} is later than ${date}, when its source was read`);
  for (const [i, { successors = [] }] of ended.entries())
    for (const successor of successors)
      if (successor === successor.toLowerCase() && !tools.some(({ id }) => id === successor))
        report(`ended[${i}].successors`, `no entry "${successor}"`);
}

type ReportProblem = (path: string, message: string) => void;

function lintEndpoint(endpoint: Endpoint, path: string, report: ReportProblem): void {
  const { host, match } = endpoint;
  const stars = host.split('*').length - 1;
  const expected = stars === 0 ? 'exact' : stars === 1 && host.startsWith('*.') ? 'suffix' : 'glob';
  if (match !== expected) report(`${path}.match`, `${host} is ${expected}, not ${match}`);
  if (stars > 0 && endpoint.specificity !== 'shared') {
    const tooBroad = checkBreadth(host);
    if (tooBroad !== null) report(`${path}.host`, tooBroad);
  }
  if (endpoint.confidence === 'low' && endpoint.whyLow === undefined) {
    report(path, 'low confidence without whyLow');
  }
  if (endpoint.sources.every((source) => source.trim() === '')) report(`${path}.sources`, 'no source');
  if (endpoint.lastChecked !== undefined && endpoint.firstSeen > endpoint.lastChecked)
    report(path, 'firstSeen is later than lastChecked');
}

/** Returns the fault of a pattern; null if it is narrow enough. */
function checkBreadth(host: string): string | null {
  const fixed = host.slice(host.lastIndexOf('*') + 1).replace(/^[^.]*\./, '');
  if (!fixed.includes('.')) return `${host} matches a whole top-level domain`;
  if (!host.startsWith('*.')) return null;
  const crowded = CROWDED.find((name) => fixed === name || name.endsWith(`.${fixed}`));
  return crowded === undefined
    ? null
    : `${host} also matches unrelated names: ${crowded} is shared by everyone`;
}

function lintRule(
  rule: EvidenceRule,
  tool: ToolEntry,
  path: string,
  runtimes: Set<string>,
  report: ReportProblem,
): void {
  const ruleRuntimes = 'runtimes' in rule ? (rule.runtimes ?? []) : 'runtime' in rule ? [rule.runtime] : [];
  for (const id of ruleRuntimes)
    if (!runtimes.has(id)) report(`${path}.runtimes`, `runtime "${id}" is not known`);
  if (rule.kind === 'exclude' || rule.kind === 'relay' || rule.gives !== 'likely') return;
  if (rule.kind === 'name' && rule.runtimes === undefined && tool.runtimes === undefined) {
    const shared = rule.names.filter(
      (name) => tool.endpoints.find((e) => e.host === name)?.specificity !== 'tool',
    );
    if (shared.length > 0)
      report(path, `${shared.join(', ')}: not this tool's alone, so the rule must name runtimes`);
  }
}

/** Reports a name that is exclusive to one tool and is listed by another entry as its own or its vendor's. */
function lintContradictions(tools: readonly ToolEntry[]): LintProblem[] {
  const owners = new Map<string, string>();
  for (const tool of tools) {
    for (const { host, specificity } of tool.endpoints) {
      if (specificity === 'tool' && !owners.has(host)) owners.set(host, tool.id);
    }
  }
  const problems: LintProblem[] = [];
  for (const tool of tools) {
    for (const [i, { host, specificity }] of tool.endpoints.entries()) {
      const owner = owners.get(host);
      if (owner === undefined || owner === tool.id || specificity === 'shared') continue;
      problems.push({
        tool: tool.id,
        path: `endpoints[${i}].host`,
        message: `${host} is claimed by ${owner} alone, and listed here as ${specificity}`,
      });
    }
  }
  for (const tool of tools) problems.push(...lintForeignRules(tool, owners));
  return problems.sort((a, b) => compareText(a.tool, b.tool) || compareText(a.path, b.path));
}

function lintForeignRules(tool: ToolEntry, owners: ReadonlyMap<string, string>): LintProblem[] {
  if (isProviderKind(tool)) return [];
  const problems: LintProblem[] = [];
  for (const [i, rule] of (tool.evidence ?? []).entries()) {
    if (rule.kind !== 'name' || rule.gives !== 'likely') continue;
    for (const [host, owner] of owners) {
      if (owner === tool.id || !isAmong(rule.names, host)) continue;
      const message = `${host} is claimed by ${owner} alone`;
      problems.push({ tool: tool.id, path: `evidence[${i}].names`, message });
    }
  }
  return problems;
}

// Checks exclusive names: each must state why no other program requests it, and is neither a gateway nor a list of
// models.

/** Lists of models that programs of many vendors read. Each was considered exclusive before it was examined. */
const MODEL_LISTS = ['models.dev', 'models.opencode.ai', 'catwalk.charm.land'] as const;

/** Roles whose exclusive names identify a chat. People use chats in a browser, so the web page counts. */
const CHAT_ROLES: ReadonlySet<Role> = new Set(['inference', 'web']);

/** True for a name that can identify its tool. Pages and documentation cannot. */
function canIdentify(tool: ToolEntry, { specificity, role }: Endpoint): boolean {
  if (specificity !== 'tool' || isProviderKind(tool)) return false;
  return (tool.kind === 'chat' ? CHAT_ROLES : PROGRAM_ROLES).has(role);
}

/** Returns faults of exclusive names. An operator's additional entries need no justification. */
function lintExclusive(tools: readonly ToolEntry[], own: ReadonlySet<string>): LintProblem[] {
  const gateways = tools.filter(isProviderKind).flatMap(listGatewayNames);
  const problems: LintProblem[] = [];
  for (const tool of tools) {
    for (const [i, endpoint] of tool.endpoints.entries()) {
      if (!canIdentify(tool, endpoint)) continue;
      const path = `endpoints[${i}]`;
      const report = (message: string): void => {
        problems.push({ tool: tool.id, path, message: `${endpoint.host}: ${message}` });
      };
      if (endpoint.alsoUsedBy !== undefined)
        report(`claimed alone, and also used by ${endpoint.alsoUsedBy.join(', ')}`);
      const list = MODEL_LISTS.find(
        (name) => matchesName(endpoint.host, name) && !isListedAsShared(tool, name),
      );
      if (list !== undefined) report(`claimed alone, and matches ${list}, a list of models that many read`);
      const gateway = gateways.find(
        ({ name, id }) => id !== tool.id && matchesName(endpoint.host, name) && !isListedAsShared(tool, name),
      );
      if (gateway !== undefined) report(`claimed alone, and matches ${gateway.name} of ${gateway.id}`);
      if (endpoint.exclusive === undefined && endpoint.confidence !== 'low' && !own.has(tool.id))
        report(
          'exclusive name without "exclusive": add the reason why no other program requests it, and the source',
        );
    }
  }
  return problems;
}

function listGatewayNames({ id, endpoints }: ToolEntry): { name: string; id: string }[] {
  return endpoints
    .filter(({ role, host }) => (role === 'inference' || role === 'relay') && !host.includes('*'))
    .map(({ host }) => ({ name: host, id }));
}

/** True if the entry lists this name as shared, in addition to an exclusive suffix. */
function isListedAsShared(tool: ToolEntry, name: string): boolean {
  return tool.endpoints.some(({ host, specificity }) => host === name && specificity !== 'tool');
}

// A problem in a catalogue entry, with its path.

export interface LintProblem {
  readonly tool: string;
  /** For example "endpoints[3].host". */
  readonly path: string;
  readonly message: string;
}

/** Checks the builds of an entry: contradictory data, and marks that windows do not contain. */
function lintBuilds(tool: ToolEntry, runtimes: ReadonlySet<string>, report: ReportProblem): void {
  const { builds } = tool;
  if (builds === undefined) return;
  if (builds.lines.length === 0 && builds.cannotSay === undefined)
    report('builds', 'neither lines nor "cannotSay"');
  const lines = new Set<string>();
  for (const [i, line] of builds.lines.entries()) {
    const path = `builds.lines[${i}]`;
    if (lines.has(line.id)) report(`${path}.id`, `line "${line.id}" is listed twice`);
    lines.add(line.id);
    for (const id of line.runtimes)
      if (!runtimes.has(id)) report(`${path}.runtimes`, `runtime "${id}" is not known`);
    if (compareVersions(line.recorded.from, line.recorded.to) > 0)
      report(`${path}.recorded`, `${line.recorded.from} is newer than ${line.recorded.to}`);
    lintMarks(tool, line, path, report);
  }
  const opening = builds.start?.hello?.runtime;
  if (opening !== undefined && !builds.lines.some((line) => line.runtimes.includes(opening)))
    report('builds.start.hello.runtime', `no line has the runtime "${opening}"`);
  for (const name of builds.download?.names ?? [])
    if (!isRecordedName(tool, name)) report('builds.download.names', unrecordedName(name));
}

const unrecordedName = (name: string): string =>
  `${name} is no endpoint of this entry that is the tool's or its vendor's, so windows do not keep it`;

const isRecordedName = ({ endpoints }: ToolEntry, name: string): boolean =>
  endpoints.some(({ host, specificity }) => specificity !== 'shared' && matchesName(host, name));

function lintMarks(tool: ToolEntry, { marks }: BuildLine, path: string, report: ReportProblem): void {
  const ids = new Set<string>();
  const shown = new Map<string, { id: string; spans: readonly VersionSpan[] }>();
  for (const [i, mark] of marks.entries()) {
    const at = `${path}.marks[${i}]`;
    if (ids.has(mark.id)) report(`${at}.id`, `mark "${mark.id}" is listed twice`);
    ids.add(mark.id);
    for (const name of mark.names)
      if (!isRecordedName(tool, name)) report(`${at}.names`, unrecordedName(name));
    lintSpans(mark.in, `${at}.in`, report);
    for (const key of listMarkKeys(mark)) {
      const other = shown.get(key);
      if (other !== undefined && intersectSpans(other.spans, mark.in).length === 0)
        report(at, `shows the same as "${other.id}" for other builds: merge the spans into one mark`);
      else if (other !== undefined) report(at, `shows the same as "${other.id}"`);
      shown.set(key, { id: mark.id, spans: mark.in });
    }
  }
}

function lintSpans(spans: readonly VersionSpan[], path: string, report: ReportProblem): void {
  for (const [first, last] of spans) {
    if (first !== null && last !== null && compareVersions(first, last) > 0)
      report(path, `the span from ${first} to ${last} is reversed`);
  }
  if (uniteSpans(spans).length < spans.length) report(path, 'spans overlap or follow each other: write one');
}

/** Returns keys of a mark; marks with equal keys exclude each other in one line. */
function listMarkKeys(mark: BuildMark): string[] {
  switch (mark.kind) {
    case 'form':
      return mark.forms.map(({ ja4, ja3 }) => `form ${mark.names} ${mark.alpn} ${ja4} ${ja3 ?? ''}`);
    case 'call':
      return (mark.way === undefined ? ['key', 'login'] : [mark.way]).map(
        (way) => `call ${mark.names} ${mark.alpn} ${mark.up} ${way}`,
      );
    case 'name':
      return [`name ${mark.names}`];
    case 'absent':
      return [`absent ${mark.names} ${mark.alpn}`];
  }
}
