// Columns that stores extract from a window in addition to its message.

import type { HostTotals, UsageRow, UsageWindow } from '../../model/usage.ts';
import type { NotVisibleKind } from '../../model/words.ts';

/** Encrypted DNS and loss weaken the observation; the other kinds hide the destination. */
const WEAKENS: ReadonlySet<NotVisibleKind> = new Set(['dns', 'loss']);

/** Bytes of a host that could not be seen into. */
export const hiddenBytes = ({ notVisible }: HostTotals): number =>
  notVisible.filter(({ kind }) => !WEAKENS.has(kind)).reduce((sum, { bytes }) => sum + bytes, 0);

/** Model requests and other calls of a row. */
export const exchangesOf = ({ exchanges, cells }: UsageRow): number =>
  cells.reduce((sum, { count }) => sum + count, exchanges.length);

/** Null where nothing was malformed. */
export const malformedText = ({ stats: { malformed } }: UsageWindow): string | null =>
  Object.keys(malformed).length === 0 ? null : JSON.stringify(malformed);

/** Null where nothing is missing. */
export const gapsText = ({ gaps }: UsageWindow): string | null =>
  gaps === undefined ? null : JSON.stringify(gaps);

/** Flows that may continue those of another capture: their hosts, with these flows only. */
export function midFlowHosts({ hosts }: UsageWindow): HostTotals[] {
  return hosts.flatMap(({ host, firstUs, lastUs, notVisible }) => {
    const midFlow = notVisible.filter(({ kind }) => kind === 'midFlow');
    return midFlow.length === 0 ? [] : [{ ...NO_TOTALS, host, firstUs, lastUs, notVisible: midFlow }];
  });
}

const NO_TOTALS = {
  mac: null,
  macFrom: null,
  names: [],
  vlans: [],
  flows: 0,
  packets: 0,
  bytesUp: 0,
  bytesDown: 0,
} as const;
