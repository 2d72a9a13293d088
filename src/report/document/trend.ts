// Compares a span with the span of the same length before it: lists tools that disappeared, changed most, or are new.

import type { Trend } from '../../model/report.ts';
import type { HostAttribution } from '../../model/tool.ts';
import { findBytes } from '../../model/withheld.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import { addKnown } from '../../text/quantity.ts';
import { formatInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';

const MAX_MOVERS = 10;

interface Seen {
  readonly hosts: Set<string>;
  readonly tools: Map<string, { name: string; bytes: number | null }>;
  /** Null: no log counts them. */
  bytes: number | null;
}

/** Rows that are only possible are in no sum, and neither new nor gone. */
function collectSeen(attributions: readonly HostAttribution[]): Seen {
  const seen: Seen = { hosts: new Set(), tools: new Map(), bytes: null };
  for (const { host, tools, providers } of attributions) {
    for (const { use } of [...tools.filter((tool) => tool.use.confidence !== 'possible'), ...providers]) {
      const bytes = addKnown(findBytes(use, 'bytesUp'), findBytes(use, 'bytesDown'));
      seen.hosts.add(host);
      const tool = { name: use.name, bytes: addKnown(seen.tools.get(use.tool)?.bytes ?? null, bytes) };
      seen.tools.set(use.tool, tool);
      seen.bytes = addKnown(seen.bytes, bytes);
    }
  }
  if (seen.tools.size === 0) seen.bytes = 0;
  return seen;
}

/** Use before a span. Hosts and tools without any are new, however long ago other use was. */
export interface EarlierUse {
  readonly hosts: ReadonlySet<string>;
  readonly tools: ReadonlySet<string>;
}

export function buildTrend(
  before: {
    readonly attributions: readonly HostAttribution[];
    readonly sinceSeconds: number;
    readonly untilSeconds: number;
  },
  after: readonly HostAttribution[],
  earlier: EarlierUse,
): Trend {
  const [old, now] = [collectSeen(before.attributions), collectSeen(after)];
  const listNew = (
    these: Iterable<string>,
    others: { has(key: string): boolean },
    order: (a: string, b: string) => number,
  ): string[] => [...these].filter((key) => !others.has(key)).sort(order);
  const newTools = listNew(now.tools.keys(), earlier.tools, compareText);
  const goneTools = listNew(old.tools.keys(), now.tools, compareText);
  const findName = (tool: string): string => now.tools.get(tool)?.name ?? old.tools.get(tool)?.name ?? tool;
  const bytesOf = ({ tools }: Seen, tool: string): number | null => {
    const found = tools.get(tool);
    return found === undefined ? 0 : found.bytes;
  };
  const movers = [...new Set([...old.tools.keys(), ...now.tools.keys()])].flatMap((tool) => {
    const [oldBytes, newBytes] = [bytesOf(old, tool), bytesOf(now, tool)];
    if (oldBytes === null || newBytes === null) return [];
    return [{ tool, name: findName(tool), before: oldBytes, after: newBytes }];
  });
  const change = (mover: { before: number; after: number }): number => Math.abs(mover.after - mover.before);
  return {
    since: formatInstant(before.sinceSeconds * US),
    until: formatInstant(before.untilSeconds * US),
    hosts: { before: old.hosts.size, after: now.hosts.size },
    bytes: { before: old.bytes, after: now.bytes },
    newTools,
    newHosts: listNew(now.hosts, earlier.hosts, compareHosts),
    goneTools,
    goneHosts: listNew(old.hosts, now.hosts, compareHosts),
    movers: movers
      .filter((mover) => change(mover) > 0)
      .sort((a, b) => change(b) - change(a) || compareText(a.tool, b.tool))
      .slice(0, MAX_MOVERS),
    names: Object.fromEntries([...newTools, ...goneTools].map((tool) => [tool, findName(tool)])),
  };
}
