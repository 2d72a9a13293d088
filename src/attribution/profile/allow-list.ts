// Lists the names that a tool needs, with the evidence for each, and compares them with an existing allow list.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Endpoint, ToolEntry } from '../../catalogue/schema.ts';
import type { Role } from '../../model/catalogue-words.ts';
import type { AllowList, AllowNeed, ListedName, ToolProfile } from '../../model/profile.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { matchesGlob } from '../../text/glob.ts';
import { formatInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';

export interface ListEntry {
  readonly line: number;
  /** Name in lower case; "*." at its beginning means names below it. */
  readonly name: string;
  /** True for an entry that includes all names below it. */
  readonly isBelow: boolean;
}

/** Maximum number of entries: no tool has a longer list. */
export const MAX_ENTRIES = 20_000;

/** Matches a server name, with the prefixes of lists of resolvers, proxies and firewalls for names below it. */
const ENTRY = /(\|\|?|\*\.|\.|\/)?((?:[a-z0-9_*-]{1,63}\.){1,20}[a-z][a-z0-9-]{0,62})(?=$|[\s/^,;"':#])/g;
const COMMENT = /^\s*(?:[#!;]|\/\/)/;

/** Matches rules of Suricata, which contain the name in "content". One name has rules for several protocols. */
const IDS_RULE = /^\s*(?:alert|drop|pass|reject\w*) \w+ /;
const CONTENT = /content:"([^"]+)"/g;
const NETWORK_POLICY = /^kind: *cilium/im;
/** Matches names in policies; values of other resources and keys are not names. */
const POLICY_NAME = /^[\s-]*match(?:name|pattern): *(.*)/;
const RECORD = /\s(?:cname|in\s)/;

/**
 * Reads a list with one name per line, a hosts file, or an export: names of resolvers, proxies, filters, IDS rules and
 * policies.
 */
export function listEntries(text: string): ListEntry[] {
  const entries: ListEntry[] = [];
  const ofRules = new Set<string>();
  const isPolicy = NETWORK_POLICY.test(text);
  for (const [i, written] of text.split('\n').entries()) {
    const line = written.toLowerCase().slice(0, 1000);
    if (COMMENT.test(line)) continue;
    const isRule = IDS_RULE.test(line);
    for (const part of listParts(line, isRule, isPolicy)) {
      for (const [, sign, name = ''] of part.matchAll(ENTRY)) {
        const isBelow = sign === '.' || sign === '||' || (sign === '/' && part.includes(`/${name}/`));
        if (isRule && ofRules.has(`${isBelow} ${name}`)) continue;
        if (isRule) ofRules.add(`${isBelow} ${name}`);
        entries.push({ line: i + 1, name: sign === '*.' ? `*.${name}` : name, isBelow });
        if (entries.length === MAX_ENTRIES) return entries;
      }
    }
  }
  return entries;
}

function listParts(line: string, isRule: boolean, isPolicy: boolean): string[] {
  if (isRule) return [...line.matchAll(CONTENT)].map(([, content = '']) => content);
  if (isPolicy) return [POLICY_NAME.exec(line)?.[1] ?? ''].map((name) => name.replace('**.', '*.'));
  if (line.includes(' dstdom_regex '))
    return [
      line
        .replaceAll('\\.', '.')
        .replaceAll('[^.]+', '*')
        .replace(/\$\s*$/, ''),
    ];
  const [owner = line] = line.split(RECORD, 1);
  return [owner.split(/\s[#;!]/, 1)[0] ?? owner];
}

const NEEDS: Readonly<Partial<Record<Role, AllowNeed>>> = {
  inference: 'needed',
  auth: 'needed',
  telemetry: 'telemetry',
  update: 'update',
};

const ORDER: readonly AllowNeed[] = ['needed', 'optional', 'update', 'telemetry'];

interface Seen {
  readonly hosts: Set<string>;
  lastUs: number;
}

/** `profile`: null if the tool was not seen. `sinceSeconds`: null counts use at any time. */
export function buildAllowList(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  tool: ToolEntry,
  profile: ToolProfile | null,
  listed: readonly ListEntry[] | null,
  sinceSeconds: number | null,
): AllowList {
  const seen = listNamesSeen(windows);
  // Windows record no other names, such as those of shared services.
  const isKept = (name: string): boolean => catalogue.isListed(name.replaceAll('*', 'x'));
  const names = [...listEntryNames(tool), ...listOtherNames(tool, profile)]
    .map(({ name, role, need }) => ({ name, role, need, ...buildEvidence(name, tool, seen, isKept) }))
    .sort((a, b) => ORDER.indexOf(a.need) - ORDER.indexOf(b.need) || compareText(a.name, b.name));
  const list = { schema: 1 as const, tool: tool.id, name: tool.name, catalogue: catalogue.version, names };
  if (listed === null) return list;
  const needed = names.filter(({ need }) => need === 'needed');
  return {
    ...list,
    since: sinceSeconds === null ? null : formatInstant(sinceSeconds * US),
    entries: listed.map((entry) => judgeEntry(entry, tool, names, { seen, isKept, sinceSeconds })),
    missing: needed
      .filter(({ name }) => !listed.some((entry) => covers(entry, name)))
      .map(({ name }) => name),
  };
}

type NamedNeed = Pick<ListedName, 'name' | 'role' | 'need'>;

const formatPattern = ({ host, match }: Endpoint): string =>
  match === 'suffix' ? `*.${host.replace(/^\*?\./, '')}` : host;

/** Lists names of the entry. A name with only one source is needed if it was seen. */
function listEntryNames({ endpoints, recordedNames = [] }: ToolEntry): NamedNeed[] {
  return endpoints
    .filter(({ ended }) => ended === undefined)
    .map((endpoint) => {
      const name = formatPattern(endpoint);
      const need = NEEDS[endpoint.role] ?? 'optional';
      const isSure =
        endpoint.confidence !== 'low' ||
        recordedNames.some((recordedName) => isNamed(name, recordedName.name));
      return { name, role: endpoint.role, need: need === 'needed' && !isSure ? 'optional' : need };
    });
}

/** Lists names of the source that the entry does not list: providers, gateways, and collectors. */
function listOtherNames({ endpoints }: ToolEntry, profile: ToolProfile | null): NamedNeed[] {
  return (
    (profile?.names ?? [])
      // A name on the wire is not a pattern.
      .filter(({ name }) => !name.includes('*'))
      .filter(({ name }) => !endpoints.some((endpoint) => isNamed(formatPattern(endpoint), name)))
      .map(({ name, role, requests }) => {
        const isGateway = role === 'relay' && requests.max > 0;
        return { name, role, need: isGateway ? 'needed' : (NEEDS[role] ?? 'optional') };
      })
  );
}

/** Lists the names of rows, which captures, logs and stores record for catalogued names. */
function listNamesSeen(windows: readonly UsageWindow[]): Map<string, Seen> {
  const names = new Map<string, Seen>();
  for (const { rows } of windows)
    for (const { name, host, flows, lastUs } of rows) {
      if (flows === 0) continue;
      const seen = names.get(name) ?? { hosts: new Set<string>(), lastUs };
      names.set(name, seen);
      seen.hosts.add(host);
      seen.lastUs = Math.max(seen.lastUs, lastUs);
    }
  return names;
}

/** True if the pattern matches the name, or both are the same pattern. */
const isNamed = (pattern: string, name: string): boolean =>
  pattern === name || (pattern.includes('*') && matchesGlob(pattern, name, 0));

const covers = ({ name, isBelow }: ListEntry, hostName: string): boolean =>
  isNamed(name, hostName) || (isBelow && hostName.endsWith(`.${name}`));

function buildEvidence(
  pattern: string,
  { recordedNames = [] }: ToolEntry,
  seen: ReadonlyMap<string, Seen>,
  isKept: (name: string) => boolean,
): Pick<ListedName, 'recordings' | 'stopped' | 'hosts' | 'lastSeen'> {
  const recorded = recordedNames.filter(({ name }) => isNamed(pattern, name));
  const here = [...seen].filter(([name]) => isNamed(pattern, name)).map(([, use]) => use);
  return {
    recordings: Math.max(0, ...recorded.map(({ recordings }) => recordings)),
    stopped: Math.max(0, ...recorded.map(({ stopped = 0 }) => stopped)),
    hosts: isKept(pattern) || here.length > 0 ? new Set(here.flatMap(({ hosts }) => [...hosts])).size : null,
    lastSeen: here.length === 0 ? null : formatInstant(Math.max(...here.map(({ lastUs }) => lastUs))),
  };
}

interface Use {
  readonly seen: ReadonlyMap<string, Seen>;
  readonly isKept: (name: string) => boolean;
  readonly sinceSeconds: number | null;
}

function judgeEntry(
  entry: ListEntry,
  { endpoints }: ToolEntry,
  names: readonly ListedName[],
  { seen, isKept, sinceSeconds }: Use,
): NonNullable<AllowList['entries']>[number] {
  const covered = names.filter(({ name }) => covers(entry, name));
  const ended = endpoints.find((endpoint) => endpoint.ended && covers(entry, formatPattern(endpoint)))?.ended;
  const need = ORDER.find((candidate) => covered.some((entry) => entry.need === candidate)) ?? null;
  const found = [...seen].filter(([name]) => covers(entry, name)).map(([, use]) => use.lastUs);
  const lastUs = Math.max(0, ...found);
  const isKnown = lastUs > 0 || isKept(entry.name) || covered.some(({ hosts }) => hosts !== null);
  return {
    line: entry.line,
    name: entry.name,
    need: need ?? (ended === undefined ? null : 'dead'),
    ended: need === null ? (ended?.since ?? null) : null,
    lastSeen: lastUs === 0 ? null : formatInstant(lastUs),
    isUsed: isKnown ? lastUs > (sinceSeconds ?? 0) * US : null,
  };
}
