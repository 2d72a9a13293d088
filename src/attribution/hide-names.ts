// Simulates windows in which every server name is hidden, to show the remaining evidence for tools.

import {
  findMessage,
  findStreamedCall,
  isLoop,
  type Message,
  type StreamedCall,
} from '../catalogue/agent-loop.ts';
import type { UsageLookup, UsageRow, UsageWindow } from '../model/usage.ts';
import { US } from '../time/units.ts';
import { rowKey, sumByKey, sumRows } from '../window/sums.ts';

/** Limits of a large request of a rare runtime, as in native-bindings/src/collector/tracked_flow.cc. */
const MODEL_CALL = { minUp: 20_000, minRecordsDown: 3, minDown: 2000 } as const;

/**
 * Hides names in hellos, DNS, proxy requests and clear-text HTTP. The name of a remaining row is an address: that of a
 * network of a vendor, or one with traffic of an agent and a model. Windows have no rows of other traffic, so names outside
 * the catalogue in a vendor's network do not count.
 */
export function hideServerNames(windows: readonly UsageWindow[], lookup: UsageLookup): UsageWindow[] {
  const agents = findAgents(windows, lookup);
  return windows.map(({ outcomes: _, ...window }) => ({
    ...window,
    rows: sumByKey([window.rows.flatMap((row) => hideRow(row, lookup, agents))], rowKey, sumRows),
    queriedNames: [],
  }));
}

function hideRow(row: UsageRow, lookup: UsageLookup, agents: ReadonlySet<string>): UsageRow[] {
  const unnamed = { ...row, userAgent: null };
  const owned = row.servers.find((address) => lookup.findNetworkOwner(address) !== null);
  if (owned !== undefined) return [{ ...unnamed, name: `[${owned}]`, nameFrom: 'network' }];
  const place = findPlace(row);
  return place !== null && agents.has(place) && isOfAi(row, lookup)
    ? [{ ...unnamed, name: `[${row.servers[0]}]`, nameFrom: 'host' }]
    : [];
}

const isOfAi = ({ fingerprint }: UsageRow, lookup: UsageLookup): boolean =>
  fingerprint !== null && lookup.runtimeOf(fingerprint) !== null;

/** Returns null for a row without an address, as from some captures and logs. */
function findPlace({ host, servers: [address] }: UsageRow): string | null {
  return address === undefined ? null : `${host} ${address}`;
}

interface AgentTraffic {
  readonly calls: StreamedCall[];
  readonly messages: Message[];
  hasModelCall: boolean;
}

/** Lists pairs of hosts and addresses with agent traffic of a runtime of AI tools. */
function findAgents(windows: readonly UsageWindow[], lookup: UsageLookup): Set<string> {
  const talks = new Map<string, AgentTraffic>();
  for (const { startSeconds, rows } of windows) {
    for (const row of rows) {
      const place = findPlace(row);
      if (place === null || row.fingerprint === null || !isOfAi(row, lookup)) continue;
      const talk = talks.get(place) ?? { calls: [], messages: [], hasModelCall: false };
      talks.set(place, talk);
      const needsLoop = lookup.needsLoop?.(row.fingerprint) ?? false;
      const isSocket = lookup.keepsConversation?.(row.fingerprint) ?? false;
      for (const exchange of row.exchanges) {
        const startUs = startSeconds * US + exchange.startMs * 1000;
        const call = findStreamedCall(startUs, exchange);
        if (call !== null) talk.calls.push(call);
        const message = isSocket ? findMessage(startUs, exchange) : null;
        if (message !== null) talk.messages.push(message);
        if (!needsLoop && isModelCall(exchange)) talk.hasModelCall = true;
      }
    }
  }
  return new Set([...talks].flatMap(([place, talk]) => (isAgent(talk) ? [place] : [])));
}

const isModelCall = ({ bytesUp, recordsDown, bytesDown }: UsageRow['exchanges'][number]): boolean =>
  bytesUp >= MODEL_CALL.minUp &&
  (recordsDown >= MODEL_CALL.minRecordsDown || bytesDown >= MODEL_CALL.minDown);

const isAgent = ({ calls, messages, hasModelCall }: AgentTraffic): boolean =>
  hasModelCall || isLoop(calls, messages);
