// Exchanges of one row: the earliest are retained raw, the rest is counted in cells; the union is order-independent.

import { EXCHANGE_COUNTS } from '../model/flow.ts';
import { type ExchangeCell, MAX_RAW_EXCHANGES, type UsageExchange } from '../model/usage.ts';

/** Upper bounds of the size classes of answers, in bytes inside TLS records; one more class is above the last. */
const ANSWER_SIZE_EDGES = [256, 512, 1024, 2048] as const;
/** Upper edges of the classes of an answer's number of records. */
const ANSWER_RECORD_EDGES = [2, 3, 8] as const;
const SMALLEST_UP_BYTES = 512;
const MAX_UP_CLASS = 25;

/** 0 below 512 bytes, then one class per half octave: 1 from 512, 2 from 724.1, 3 from 1024, … 25 from 2 MiB. */
function upClassOf(bytesUp: number): number {
  if (bytesUp < SMALLEST_UP_BYTES) return 0;
  // Squares, so that the edges between octaves need no logarithm that could differ between machines.
  const square = (bytesUp / SMALLEST_UP_BYTES) ** 2;
  let upClass = 1;
  for (let edge = 2; square >= edge && upClass < MAX_UP_CLASS; edge *= 2) upClass++;
  return upClass;
}

/** Number of records (1, 2, 3–7, 8 and more) times 5, plus size (< 256, < 512, < 1024, < 2048, more). */
function answerClassOf(recordsDown: number, bytesDown: number): number {
  return (
    classOf(recordsDown, ANSWER_RECORD_EDGES) * (ANSWER_SIZE_EDGES.length + 1) +
    classOf(bytesDown, ANSWER_SIZE_EDGES)
  );
}

function classOf(value: number, edges: readonly number[]): number {
  const index = edges.findIndex((edge) => value < edge);
  return index < 0 ? edges.length : index;
}

/** Raw exchanges and cells of one row. */
export interface KeptExchanges {
  readonly exchanges: readonly UsageExchange[];
  readonly cells: readonly ExchangeCell[];
}

const NUMBERS = ['startMs', ...EXCHANGE_COUNTS] as const;

function compareContent(a: UsageExchange, b: UsageExchange): number {
  for (const field of NUMBERS) {
    const difference = a[field] - b[field];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The earliest MAX_RAW_EXCHANGES raw, the rest in cells; flow numbers are unchanged. Idempotent. */
export function keepEarliest(raw: readonly UsageExchange[], cells: readonly ExchangeCell[]): KeptExchanges {
  const ordered = [...raw].sort((a, b) => compareContent(a, b) || a.flow - b.flow);
  const beyond = ordered.slice(MAX_RAW_EXCHANGES).map(cellOf);
  return { exchanges: ordered.slice(0, MAX_RAW_EXCHANGES), cells: sumCells([...cells, ...beyond]) };
}

/**
 * Canonical form of a set of exchanges: sorted, flows numbered by their first exchange, the earliest
 * MAX_RAW_EXCHANGES raw and the rest in cells. Independent of the order of insertion.
 */
export function keepExchanges(raw: readonly UsageExchange[], cells: readonly ExchangeCell[]): KeptExchanges {
  const numbered = numberFlows(raw);
  if (numbered.length <= MAX_RAW_EXCHANGES) return { exchanges: numbered, cells: sumCells(cells) };
  const kept = keepEarliest(numbered, cells);
  return { exchanges: numberFlows(kept.exchanges), cells: kept.cells };
}

/** Sorts by content, and numbers flows in the order of their sorted exchanges. */
function numberFlows(raw: readonly UsageExchange[]): UsageExchange[] {
  const byFlow = new Map<number, UsageExchange[]>();
  for (const exchange of raw) {
    const list = byFlow.get(exchange.flow);
    if (list === undefined) byFlow.set(exchange.flow, [exchange]);
    else list.push(exchange);
  }
  const flows = [...byFlow.values()];
  for (const list of flows) list.sort(compareContent);
  flows.sort(compareLists);
  return flows
    .flatMap((list, flow) => list.map((exchange) => ({ ...exchange, flow })))
    .sort((a, b) => compareContent(a, b) || a.flow - b.flow);
}

function compareLists(a: readonly UsageExchange[], b: readonly UsageExchange[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i];
    const y = b[i];
    const difference = x === undefined || y === undefined ? 0 : compareContent(x, y);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Exchanges of two rows: their flows are different ones, so the numbers of the second move up. */
export function joinExchanges(a: KeptExchanges, b: KeptExchanges): KeptExchanges {
  if (b.exchanges.length === 0 && b.cells.length === 0) return a;
  if (a.exchanges.length === 0 && a.cells.length === 0) return b;
  const offset = a.exchanges.reduce((most, exchange) => Math.max(most, exchange.flow + 1), 0);
  const moved = b.exchanges.map((exchange) => ({ ...exchange, flow: exchange.flow + offset }));
  return keepExchanges([...a.exchanges, ...moved], [...a.cells, ...b.cells]);
}

/** The same exchanges in a window that starts `shiftMs` earlier. */
export function rebaseExchanges(exchanges: readonly UsageExchange[], shiftMs: number): UsageExchange[] {
  return exchanges.map((exchange) => ({ ...exchange, startMs: exchange.startMs + shiftMs }));
}

function cellOf(exchange: UsageExchange): ExchangeCell {
  return {
    upClass: upClassOf(exchange.bytesUp),
    answerClass: answerClassOf(exchange.recordsDown, exchange.bytesDown),
    count: 1,
    bytesUp: exchange.bytesUp,
    bytesDown: exchange.bytesDown,
  };
}

function sumCells(cells: readonly ExchangeCell[]): ExchangeCell[] {
  const sums = new Map<number, ExchangeCell>();
  for (const cell of cells) {
    const key = cell.upClass * 32 + cell.answerClass;
    const sum = sums.get(key);
    sums.set(
      key,
      sum === undefined
        ? cell
        : {
            ...sum,
            count: sum.count + cell.count,
            bytesUp: sum.bytesUp + cell.bytesUp,
            bytesDown: sum.bytesDown + cell.bytesDown,
          },
    );
  }
  return [...sums.entries()].sort((a, b) => a[0] - b[0]).map(([, cell]) => cell);
}
