// Builds sums of the traffic of one host for log readers.

import type { HostTotalsRecord } from '../../model/flow.ts';
import type { Fields } from './fields.ts';
import { classifyUnseen, classifyUnseenProtocol, type LoggedEnds } from './unseen.ts';

export type TotalsSum = { -readonly [K in keyof HostTotalsRecord]: HostTotalsRecord[K] };

const NO_VLANS: readonly number[] = [];
const NOTHING: HostTotalsRecord['notVisible'] = [];

/** Counts of a row; null: the log does not have these bytes. */
type RowTotals = Partial<Omit<HostTotalsRecord, 'bytesUp' | 'bytesDown' | 'evictedFlows' | 'unsizedFlows'>> &
  Pick<HostTotalsRecord, 'host' | 'firstUs' | 'lastUs'> & {
    readonly bytesUp?: number | null;
    readonly bytesDown?: number | null;
    /** Undefined: the flows whose bytes the log does not have. */
    readonly unsizedFlows?: number | undefined;
  };

/**
 * Builds the counts of a row for its host; absent fields are zero. It is called for every row and names all fields,
 * because a spread of defaults takes longer than reading the row.
 */
export const hostTotals = ({
  host,
  mac = null,
  vlans = NO_VLANS,
  firstUs,
  lastUs,
  packets = 0,
  bytesUp = 0,
  bytesDown = 0,
  flows = 0,
  hellosComplete = 0,
  notVisible = NOTHING,
  unsizedFlows = bytesUp === null || bytesDown === null ? flows : 0,
}: RowTotals): HostTotalsRecord => ({
  host,
  mac,
  vlans,
  firstUs,
  lastUs,
  packets,
  bytesUp: bytesUp ?? 0,
  bytesDown: bytesDown ?? 0,
  flows,
  hellosComplete,
  evictedFlows: 0,
  notVisible,
  unsizedFlows,
});

/** Builds the counts of a connection with an unlisted name. */
export const unlistedTotals = (
  { host, mac, firstUs, lastUs, packets, hasHello = false }: UnlistedFlow,
  ends: LoggedEnds,
): HostTotalsRecord =>
  hostTotals({
    host,
    mac,
    firstUs,
    lastUs,
    packets,
    bytesUp: ends.bytesUp,
    bytesDown: ends.bytesDown,
    flows: 1,
    hellosComplete: hasHello ? 1 : 0,
    notVisible: classifyUnseen(ends),
    // A log may leave out the bytes of connections without data, for which it has no protocol either.
    unsizedFlows: ends.service === null ? 0 : undefined,
  });

/**
 * Builds the counts of a row of a protocol other than TCP and UDP. `fields`: those of bytes and packets, each up and
 * down.
 */
export function otherTotals(
  line: Fields,
  protocol: string | null,
  { host, firstUs, lastUs }: Pick<HostTotalsRecord, 'host' | 'firstUs' | 'lastUs'>,
  fields: readonly number[],
): HostTotalsRecord {
  const [bytesUp = 0, bytesDown = 0, packetsUp = 0, packetsDown = 0] = fields.map(
    (field) => line.count(field) ?? 0,
  );
  const notVisible = classifyUnseenProtocol(protocol ?? '', bytesUp + bytesDown);
  const packets = packetsUp + packetsDown;
  return hostTotals({ host, firstUs, lastUs, packets, bytesUp, bytesDown, flows: 1, notVisible });
}

type UnlistedFlow = Pick<HostTotalsRecord, 'host' | 'mac' | 'firstUs' | 'lastUs' | 'packets'> & {
  readonly hasHello?: boolean;
};

/**
 * Adds the server, because a policy may accept that of rows that are not visible; that of a suspected relay is not kept. It
 * names all fields, see `hostTotals`.
 */
export function withPeer(totals: HostTotalsRecord, server: string | null): HostTotalsRecord {
  const [part] = totals.notVisible;
  if (part === undefined || part.kind === 'relay' || server === null) return totals;
  return {
    host: totals.host,
    mac: totals.mac,
    vlans: totals.vlans,
    firstUs: totals.firstUs,
    lastUs: totals.lastUs,
    packets: totals.packets,
    bytesUp: totals.bytesUp,
    bytesDown: totals.bytesDown,
    flows: totals.flows,
    hellosComplete: totals.hellosComplete,
    evictedFlows: totals.evictedFlows,
    notVisible: totals.notVisible,
    unsizedFlows: totals.unsizedFlows ?? 0,
    peer: server,
  };
}

/** Adds traffic of the same host and kind. */
export function addTotals(sum: TotalsSum, more: HostTotalsRecord): void {
  sum.packets += more.packets;
  sum.bytesUp += more.bytesUp;
  sum.bytesDown += more.bytesDown;
  sum.flows += more.flows;
  sum.hellosComplete += more.hellosComplete;
  sum.evictedFlows += more.evictedFlows;
  sum.unsizedFlows = (sum.unsizedFlows ?? 0) + (more.unsizedFlows ?? 0);
  if (more.firstUs < sum.firstUs) sum.firstUs = more.firstUs;
  if (more.lastUs > sum.lastUs) sum.lastUs = more.lastUs;
  const [part] = sum.notVisible;
  const [added] = more.notVisible;
  if (part !== undefined && added !== undefined)
    sum.notVisible = [{ ...part, flows: part.flows + added.flows, bytes: part.bytes + added.bytes }];
}
