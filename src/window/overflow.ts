// Describes reached limits: parts of a capture that are missing in its windows.

import type { UsageWindow } from '../model/usage.ts';
import { sumCounts } from './sums.ts';

const WORDS: Readonly<Record<string, string>> = {
  hosts: 'hosts were not kept',
  rows: 'rows were not kept',
  outcomes: 'outcomes of connections were not kept',
  unwatched: 'connections were not followed to their outcome',
  asked: 'names in DNS queries were not kept',
  services: 'clients of services were not kept',
  hellos: 'hellos of hosts were not counted',
  account: 'bytes of hosts were not accounted for',
  trackedFlows: 'flows may be counted more than once, as too many were followed',
  waitingExchanges: 'exchanges came too early to be kept',
  pendingSlices: 'parts of flows without a name were dropped',
  pendingExchanges: 'exchanges of flows without a name were dropped',
  loopCalls: 'calls to unlisted names were not compared',
  quicPeers: 'QUIC connections without a captured start were not compared with others',
  dnsZones: 'zones of DNS names of hosts were added up as one',
  subflows: 'connections or flows of multipath TCP were not put together',
  dnsAnswers: 'DNS answers were not remembered',
  duplicates: 'hellos were not compared',
  notVisibleFlows: 'flows may be counted more than once as not visible',
};

/** Returns one sentence; null if no limit was reached. */
export function overflowNote(windows: readonly Pick<UsageWindow, 'stats'>[]): string | null {
  const counts = windows.reduce<Record<string, number>>(
    (sum, { stats }) => sumCounts(sum, stats.overflow ?? {}),
    {},
  );
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([ceiling, count]) => `${count} ${WORDS[ceiling] ?? ceiling}`);
  return parts.length === 0 ? null : `more than the tables hold: ${parts.join(', ')}`;
}
