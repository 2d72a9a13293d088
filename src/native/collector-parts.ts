// Lists constants for calls of a collector: native-bindings/src/collector.

/** Parts of a batch that are added separately: BatchPart of native-bindings/src/collector/collector.h. */
export const BATCH_PARTS = { answers: 1, others: 2 } as const;

/** Marks of a log's flow, for addLog. */
export const LOG_MARKS = {
  logged: 1,
  hasUp: 2,
  hasDown: 4,
  isLarge: 8,
  hasHello: 16,
  hasHelloTime: 32,
} as const;
