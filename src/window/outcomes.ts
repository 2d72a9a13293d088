// Outcome cells: their key, and their merge law: sums, minima, maxima.

import {
  addCounts,
  delayBucket,
  OUTCOME_DELAYS,
  OUTCOME_MAXIMA,
  OUTCOME_MINIMA,
  OUTCOME_SUMS,
  type OutcomeRecord,
} from '../model/outcome.ts';
import type { OutcomeCell, UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { MAX_OUTCOMES } from './ceilings.ts';

export type CellKey = Pick<OutcomeCell, 'host' | 'name' | 'server' | 'port' | 'kind' | 'detail'>;
export type CellNumbers = Omit<OutcomeCell, keyof CellKey>;

export const outcomeKey = ({ host, name, server, port, kind, detail }: CellKey): string =>
  `${host} ${name} ${server} ${port} ${kind} ${detail}`;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds the numbers of `more` to `cell`. */
export function addToCell(cell: Mutable<CellNumbers>, more: CellNumbers): void {
  for (const name of OUTCOME_SUMS) cell[name] += more[name];
  for (const name of OUTCOME_MAXIMA) cell[name] = Math.max(cell[name], more[name]);
  for (const name of OUTCOME_MINIMA) cell[name] = smallestAboveZero(cell[name], more[name]);
  for (const name of OUTCOME_DELAYS) {
    const counts = addCounts(cell[name], more[name]);
    if (counts !== undefined) cell[name] = counts;
  }
  cell.firstUs = Math.min(cell.firstUs, more.firstUs);
  cell.lastUs = Math.max(cell.lastUs, more.lastUs);
  if (cell.by === '' || (more.by !== '' && more.by < cell.by)) cell.by = more.by;
}

/** Of one delay. */
const countsOf = (us: number): readonly number[] => {
  const bucket = delayBucket(us);
  return Array.from({ length: bucket + 1 }, (_, i) => Number(i === bucket));
};

const smallestAboveZero = (a: number, b: number): number => {
  if (a === 0) return b;
  return b === 0 ? a : Math.min(a, b);
};

export function sumOutcomes(lists: readonly (readonly OutcomeCell[])[]): OutcomeCell[] {
  const cells = new Map<string, Mutable<OutcomeCell>>();
  for (const list of lists) {
    for (const one of list) {
      const key = outcomeKey(one);
      const cell = cells.get(key);
      if (cell === undefined) cells.set(key, { ...one });
      else addToCell(cell, one);
    }
  }
  return [...cells].sort((a, b) => compareText(a[0], b[0])).map(([, cell]) => cell);
}

/** Absent where there are none. */
export const withOutcomes = (cells: readonly OutcomeCell[] | undefined): Pick<UsageWindow, 'outcomes'> =>
  cells === undefined || cells.length === 0 ? {} : { outcomes: sumOutcomes([cells]).slice(0, MAX_OUTCOMES) };

export function unionOutcomes(
  windows: readonly Pick<UsageWindow, 'outcomes'>[],
): Pick<UsageWindow, 'outcomes'> {
  const lists = windows.flatMap(({ outcomes }) => (outcomes === undefined ? [] : [outcomes]));
  return lists.length === 0 ? {} : { outcomes: sumOutcomes(lists).slice(0, MAX_OUTCOMES) };
}

/** Numbers of a cell of one connection. */
export const numbersOf = (record: OutcomeRecord): CellNumbers => ({
  count: 1,
  proxied: Number(record.isProxied),
  outOfWindow: Number(record.isOutOfWindow),
  continued: Number(record.isContinued),
  tls12: Number(record.isTls12),
  byClient: Number(record.isByClient),
  repeated: record.repeated,
  segments: record.segments,
  delayMs: Math.round(record.delayUs / 1000),
  value: record.value,
  delayMaxUs: record.delayUs,
  handshakeMaxUs: record.handshakeUs,
  ttlMax: record.ttl,
  handshakeTtlMax: record.handshakeTtl,
  valueMax: record.value,
  fastestKbit: record.fastestKbit,
  delayMinUs: record.delayUs,
  handshakeMinUs: record.handshakeUs,
  ttlMin: record.ttl,
  handshakeTtlMin: record.handshakeTtl,
  valueMin: record.value,
  firstUs: record.tsUs,
  lastUs: Math.max(record.tsUs, record.lastUs),
  by: record.by,
  ...(record.handshakeUs > 0 ? { handshakeDelays: countsOf(record.handshakeUs) } : {}),
  ...(record.kind === 'served' ? { answerDelays: countsOf(record.delayUs) } : {}),
});

/** Numbers of a cell of one event that took `delayUs`. */
export const numbersAt = (tsUs: number, delayUs: number, by = ''): CellNumbers => ({
  count: 1,
  proxied: 0,
  outOfWindow: 0,
  continued: 0,
  tls12: 0,
  byClient: 0,
  repeated: 0,
  segments: 0,
  delayMs: Math.round(delayUs / 1000),
  value: 0,
  delayMaxUs: delayUs,
  handshakeMaxUs: 0,
  ttlMax: 0,
  handshakeTtlMax: 0,
  valueMax: 0,
  fastestKbit: 0,
  delayMinUs: delayUs,
  handshakeMinUs: 0,
  ttlMin: 0,
  handshakeTtlMin: 0,
  valueMin: 0,
  firstUs: tsUs,
  lastUs: tsUs,
  by,
});
