// Sorts the lists of pages: amounts with the largest first, texts and first times in ascending order.

import type { Finding, HostReport, ReportDocument, ToolTotals, ToolUse } from '../model/report.ts';
import { compareText } from '../net/address.ts';
import { splitWords } from '../text/word-lists.ts';
import { PageError } from './page-error.ts';

export const ORDERS = splitWords('address name tool hosts minutes sent received first last findings');
export type Order = (typeof ORDERS)[number];

/** The `sort` parameter of a page's address; a leading minus reverses the order. */
export type Sort = Order | `-${Order}` | '';

/** Throws PageError 400. */
export function readSort(text: string): Sort {
  const order = ORDERS.find((candidate) => candidate === text.replace(/^-/, ''));
  if (text === '' || order !== undefined) return text as Sort;
  throw new PageError(
    400,
    `sort must be one of ${ORDERS.join(', ')}, or one of them after a minus`,
    'omit sort for the default order',
  );
}

/** Splits the `sort` parameter into the order and its direction. */
export const splitSort = (sort: Sort): { readonly order: Order | null; readonly isReversed: boolean } => ({
  order: ORDERS.find((candidate) => candidate === sort.replace(/^-/, '')) ?? null,
  isReversed: sort.startsWith('-'),
});

/** Sort key of a row: amounts in descending order, texts in ascending order; null is always last. */
type Key = number | string | null;
type Keys<T> = Partial<Readonly<Record<Order, (row: T) => Key>>>;

/** Lists the uses that count in sums: certain and likely tools, and providers. */
export const listCountedUses = ({ tools, providers }: HostReport): readonly ToolUse[] => [
  ...tools.filter(({ confidence }) => confidence !== 'possible'),
  ...providers,
];

const sumUses = (host: HostReport, amount: (use: ToolUse) => number | null): number | null =>
  listCountedUses(host).reduce<number | null>((sum, use) => {
    const more = amount(use);
    return more === null ? sum : (sum ?? 0) + more;
  }, null);

const findEdgeTime = (host: HostReport, time: (use: ToolUse) => string, isLast: boolean): string | null => {
  const times = [...host.tools, ...host.providers].map(time).sort(compareText);
  return times.at(isLast ? -1 : 0) ?? null;
};

/** Sort keys of hosts, by their use of tools and providers. */
export function hostKeys(findings: readonly Finding[]): Keys<HostReport> {
  const counts = countBy(findings, ({ host }) => host);
  return {
    name: ({ name }) => name,
    tool: ({ tools, providers }) => [...tools, ...providers][0]?.name ?? null,
    minutes: (host) => sumUses(host, ({ activeMinutes }) => activeMinutes),
    sent: (host) => sumUses(host, ({ bytesUp }) => bytesUp),
    received: (host) => sumUses(host, ({ bytesDown }) => bytesDown),
    first: (host) => findEdgeTime(host, ({ firstSeenEver }) => firstSeenEver, false),
    last: (host) => findEdgeTime(host, ({ lastSeen }) => lastSeen, true),
    findings: ({ host }) => counts.get(host) ?? 0,
  };
}

function toolKeys({ hosts, findings = [] }: ReportDocument): Keys<ToolTotals> {
  const counts = countBy(findings, ({ tool }) => tool);
  const times = (isLast: boolean): Map<string, string> => {
    const edges = new Map<string, string>();
    for (const use of hosts.flatMap(({ tools }) => tools)) {
      const time = isLast ? use.lastSeen : use.firstSeenEver;
      const existing = edges.get(use.tool);
      if (existing === undefined || (isLast ? time > existing : time < existing)) edges.set(use.tool, time);
    }
    return edges;
  };
  const [firsts, lasts] = [times(false), times(true)];
  return {
    name: ({ name }) => name,
    tool: ({ name }) => name,
    hosts: (tool) => tool.hosts,
    minutes: ({ activeMinutes }) => activeMinutes,
    sent: ({ bytesUp }) => bytesUp ?? 0,
    received: ({ bytesDown }) => bytesDown ?? 0,
    first: ({ tool }) => firsts.get(tool) ?? null,
    last: ({ tool }) => lasts.get(tool) ?? null,
    findings: ({ tool }) => counts.get(tool) ?? 0,
  };
}

function findingKeys({ hosts }: ReportDocument): Keys<Finding> {
  const places = new Map(hosts.map(({ host, name }, at) => [host, { at, name }]));
  return {
    address: ({ host }) => places.get(host)?.at ?? null,
    name: ({ host }) => places.get(host)?.name ?? null,
    tool: ({ tool }) => tool,
    minutes: ({ activeMinutes }) => activeMinutes,
    sent: ({ payloadUp }) => payloadUp,
    first: ({ first }) => first,
    last: ({ last }) => last,
  };
}

function countBy<T>(all: readonly T[], itemKey: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of all) counts.set(itemKey(item), (counts.get(itemKey(item)) ?? 0) + 1);
  return counts;
}

/** Orders that are ascending by default; last times and amounts are descending. */
const ASCENDING: ReadonlySet<Order> = new Set(['address', 'name', 'tool', 'first']);

function sortRows<T>(all: readonly T[], keys: Keys<T>, sort: Sort): readonly T[] {
  const { order, isReversed } = splitSort(sort);
  const key = order === null ? undefined : keys[order];
  if (order === null || key === undefined)
    return isReversed && order === 'address' ? [...all].reverse() : all;
  const sign = ASCENDING.has(order) === isReversed ? -1 : 1;
  const keyed = all.map((item) => ({ item, key: key(item) }));
  // Array.sort is stable: equal rows stay in the order of the document.
  return keyed.sort((a, b) => compareKeys(a.key, b.key, sign)).map(({ item }) => item);
}

function compareKeys(a: Key, b: Key, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  return sign * compareText(String(a), String(b));
}

/** Sorts the lists of a document in the requested order. A list without this key stays unchanged. */
export function sortDocument(document: ReportDocument, sort: Sort): ReportDocument {
  if (sort === '') return document;
  const { hosts, tools, findings } = document;
  return {
    ...document,
    hosts: sortRows(hosts, hostKeys(findings ?? []), sort),
    tools: sortRows(tools, toolKeys(document), sort),
    ...(findings === undefined ? {} : { findings: sortRows(findings, findingKeys(document), sort) }),
  };
}
