// Declares the counters of packets and flows that `merge` adds: of an analysis, a window, a row, a host and a tool.

/** Counters that add up over threads, and over windows by `merge`. Each number is the field number on the wire. */
export const STATS_SUMS = {
  packets: 1,
  bytes: 2,
  flows: 3,
  hellosComplete: 4,
  hellosIncomplete: 5,
  snaplenCut: 6,
  evictedFlows: 7,
  kernelDrops: 8,
} as const;
export type StatsSum = keyof typeof STATS_SUMS;

export const makeZeros = <K extends string>(
  table: Readonly<Record<K, number>>,
): Readonly<Record<K, number>> =>
  Object.fromEntries(Object.keys(table).map((name) => [name, 0])) as Record<K, number>;

/**
 * Counters of a row, which `merge` adds. Each number is the field number on the wire. Types, forms and zeros come from
 * this table, sums of rows from `sumRows`. Its order is that of WIRETALLY_ROW_SUMS in
 * native-bindings/src/collector/row.h.
 */
export const ROW_SUMS = {
  /** Flows that start in the window. */
  flows: 7,
  /** Application data went both ways. */
  establishedFlows: 8,
  /** A hello was seen, and the handshake never completed. */
  failedFlows: 9,
  resumedFlows: 10,
  midFlow: 11,
  oneWay: 12,
  http2Flows: 13,
  cutShortFlows: 14,
  /** Slices of flows whose two ends had answered each other before the slice ended, including contradicted slices. */
  answeredSlices: 33,
  /**
   * Slices of `answeredSlices` whose packets contradict each other or differ from other flows of the host, so that they
   * prove nothing.
   */
  contradictedSlices: 34,
  /**
   * Flows with a hello that another flow sent too, without a proxy or address translation between them that explains
   * it.
   */
  copiedHellos: 35,
  packetsUp: 15,
  packetsDown: 16,
  bytesUp: 17,
  bytesDown: 18,
  payloadUp: 19,
  payloadDown: 20,
  lostUp: 21,
  lostDown: 22,
  /** Slices that come from rows of another sensor's log, without any packet. */
  loggedSlices: 38,
  /** Slices of a log that does not count the bytes of one direction. These bytes are unknown, not zero. */
  unsizedUp: 39,
  unsizedDown: 40,
  /** Logged flows that sent more than a greeting and a small request (LARGE_LOGGED_BYTES). */
  largeLogged: 41,
} as const;
export type RowSum = keyof typeof ROW_SUMS;
export const ROW_ZEROS = makeZeros(ROW_SUMS);

/** Counters that periods, reports and stores sum for each tool; all of them are columns of stores. */
export const TOOL_SUMS = [
  'flows',
  'bytesUp',
  'bytesDown',
  'payloadUp',
  'payloadDown',
] as const satisfies readonly RowSum[];
type ToolSum = (typeof TOOL_SUMS)[number];
export type ToolSums = Readonly<Record<ToolSum, number>>;

/**
 * Copies only the counters. It names each one, as the sums do, because `...` and loops over names take many times as
 * long.
 */
export const toolSums = (sums: ToolSums): Record<ToolSum, number> => ({
  flows: sums.flows,
  bytesUp: sums.bytesUp,
  bytesDown: sums.bytesDown,
  payloadUp: sums.payloadUp,
  payloadDown: sums.payloadDown,
});

export const NO_TOOL_SUMS: ToolSums = toolSums(ROW_ZEROS);

export function addToolSums(sum: Record<ToolSum, number>, more: ToolSums): void {
  sum.flows += more.flows;
  sum.bytesUp += more.bytesUp;
  sum.bytesDown += more.bytesDown;
  sum.payloadUp += more.payloadUp;
  sum.payloadDown += more.payloadDown;
}

/** Counters with a column of `usage_rows` in a store. The messages of windows contain all counters. */
export const ROW_COLUMNS: readonly RowSum[] = [
  ...new Set<RowSum>(['flows', 'establishedFlows', 'packetsUp', 'packetsDown', ...TOOL_SUMS]),
];

/** Counters of a host, which `merge` adds. Each number is the field number on the wire. */
export const HOST_SUMS = { flows: 6, packets: 7, bytesUp: 8, bytesDown: 9 } as const;
export type HostSum = keyof typeof HOST_SUMS;

/**
 * Estimates are reported up to this number of missing bytes, because gaps of a few segments are filled from sequence
 * numbers.
 */
export const MIN_LOST_BYTES = 10_000;

/** Above this share of missing bytes, no estimates are reported. */
export const MAX_LOSS = 0.05;

/** Counts packets of interfaces for which the capture states a capture filter. They are not malformed. */
export const FILTERED = 'capture.filter';

interface FilterFacts {
  readonly filter?: string | undefined;
  readonly stats: { readonly malformed: Readonly<Record<string, number>> };
}

/** True if a filter of this reading, of a capture or of a stored reading left out packets. */
export const isFiltered = ({ filter, stats }: FilterFacts): boolean =>
  filter !== undefined || (stats.malformed[FILTERED] ?? 0) > 0;
