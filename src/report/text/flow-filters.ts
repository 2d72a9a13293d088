// Builds filters that find the flows of a finding in other programs: by host, name and time for Wireshark and logs of
// Zeek; by Community ID for Wireshark and logs of Zeek, Suricata and others.

import type { EvidenceItem, HostReport } from '../../model/report.ts';
import { parseAddress } from '../../net/address.ts';
import type { ReportWords } from './english-words.ts';
import { unixSeconds } from './instant-text.ts';

export interface FlowFilter {
  readonly program: string;
  readonly text: string;
  /** States what the filter requires or does not find; null: neither. */
  readonly note: string | null;
}

/** Facts for a filter; `names` are server names of the use. */
export interface FilteredFlows {
  readonly host: Pick<HostReport, 'host' | 'addresses' | 'mac'>;
  readonly names: readonly string[];
  readonly evidence: readonly EvidenceItem[];
}

const MAX_NAMES = 12;
const MAX_IDS = 16;
/**
 * Maximum Community IDs in a filter of logs. A few lines are enough to find the uid of the connection, and with it the
 * others.
 */
const MAX_LOG_IDS = 4;

/** Returns no filters for a pseudonym, which no packet contains. */
export function buildFlowFilters(flows: FilteredFlows, { filters }: ReportWords): FlowFilter[] {
  const items = flows.evidence.filter((item) => item.for && item.flows > 0);
  const ids = [...new Set(items.flatMap(({ communityIds }) => communityIds))].filter(isCommunityId).sort();
  const isWhole = items.every((item) => item.communityIds.length >= item.flows);
  const note = (count: number): string =>
    filters.communityIds(isWhole && ids.length <= count ? null : Math.min(ids.length, count));
  return [
    ...filterHandshakes(flows, items, filters),
    ...(ids.length === 0 ? [] : filterByCommunityId(ids, note, filters)),
    ...filterZeekUids(flows, items, filters),
  ];
}

const filterByCommunityId = (
  ids: readonly string[],
  note: (count: number) => string,
  filters: ReportWords['filters'],
): FlowFilter[] => [
  {
    program: filters.wholeFlows,
    text: `communityid in {${quoteTexts(ids.slice(0, MAX_IDS))}}`,
    note: note(MAX_IDS),
  },
  {
    program: filters.logs,
    text: `grep -hF ${ids
      .slice(0, MAX_LOG_IDS)
      .map((id) => `-e '${id}'`)
      .join(' ')} conn.log eve.json`,
    note: note(MAX_LOG_IDS),
  },
];

/** Returns whole seconds around the evidence. */
function findSeconds(items: readonly EvidenceItem[]): { readonly first: number; readonly last: number } {
  return {
    first: Math.min(...items.map((item) => unixSeconds(item.first))),
    last: Math.max(...items.map((item) => unixSeconds(item.last) + 1)),
  };
}

const noteNames = (names: readonly string[], filters: ReportWords['filters']): string[] =>
  names.length > MAX_NAMES ? [filters.someNames(MAX_NAMES, names.length)] : [];

/** Filters handshakes, the only packets that contain a name. */
function filterHandshakes(
  { host, names }: FilteredFlows,
  items: readonly EvidenceItem[],
  filters: ReportWords['filters'],
): FlowFilter[] {
  const who = hostTerm(host);
  const serverNames = [...new Set(names)].filter(isServerName);
  if (who === null || serverNames.length === 0 || items.length === 0) return [];
  const { first, last } = findSeconds(items);
  const handshake = {
    program: filters.handshakes,
    text: [
      who,
      `tls.handshake.extensions_server_name in {${quoteTexts(serverNames.slice(0, MAX_NAMES))}}`,
      `frame.time_epoch >= ${first}`,
      `frame.time_epoch <= ${last}`,
    ].join(' && '),
    note: noteNames(serverNames, filters)[0] ?? null,
  };
  return [handshake];
}

/** Prints the uid of each connection, for sensors without Community IDs. It finds columns by the header of the log. */
function filterZeekUids(
  { host, names }: FilteredFlows,
  items: readonly EvidenceItem[],
  filters: ReportWords['filters'],
): FlowFilter[] {
  const addresses = [...new Set([host.host, ...(host.addresses ?? [])])].filter(
    (address) => parseAddress(address) !== null,
  );
  const serverNames = [...new Set(names)].filter(isServerName);
  if (addresses.length === 0 || serverNames.length === 0 || items.length === 0) return [];
  const { first, last } = findSeconds(items);
  const matches = (list: readonly string[], text: string): string =>
    `split("${list.join(' ')}", l, " "); for (i in l) ${text}[l[i]]; split("", l)`;
  const begin = `${matches(addresses, 'host')}; ${matches(serverNames.slice(0, MAX_NAMES), 'name')}`;
  const columns = '/^#fields/ { for (i = 2; i <= NF; i++) c[$i] = i - 1 }';
  const isOfThem = `$c["ts"] >= ${first} && $c["ts"] <= ${last} && $c["id.orig_h"] in host && $c["server_name"] in name`;
  return [
    {
      program: filters.zeekUids,
      text: `awk -F '\\t' 'BEGIN { ${begin} } ${columns} !/^#/ && ${isOfThem} { print $c["uid"] }' ssl.log`,
      note: [filters.tabSeparated, ...noteNames(serverNames, filters)].join('; '),
    },
  ];
}

function hostTerm({ host, addresses, mac }: FilteredFlows['host']): string | null {
  const terms = [host, ...(addresses ?? [])].flatMap((address) => {
    const bytes = parseAddress(address);
    return bytes === null ? [] : [`${bytes.length === 4 ? 'ip' : 'ipv6'}.addr == ${address}`];
  });
  const isMac = terms.length === 0 && mac !== null && mac === host && /^[0-9a-f:]{17}$/u.test(mac);
  const all = isMac ? [`eth.addr == ${mac}`] : [...new Set(terms)];
  if (all.length === 0) return null;
  return all.length === 1 ? (all[0] ?? null) : `(${all.join(' || ')})`;
}

const quoteTexts = (texts: readonly string[]): string => texts.map((text) => `"${text}"`).join(', ');

/** Names come from packets, so only characters of host names may be in a filter or shell command. */
const isServerName = (name: string): boolean => /^[\w.-]{1,253}$/u.test(name);
const isCommunityId = (id: string): boolean => /^1:[\w+/]{27}=$/u.test(id);
