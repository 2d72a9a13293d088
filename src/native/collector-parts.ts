// Numbers that a collector's calls take: native-bindings/src/collector.

/** Records of a batch by when they are added: BatchPart of native-bindings/src/collector/collector.h. */
export const BATCH_PARTS = { answers: 1, others: 2, all: 3 } as const;

/** A flow of a log has these marks, which addLog takes. */
export const LOG_MARKS = {
  logged: 1,
  hasUp: 2,
  hasDown: 4,
  isLarge: 8,
  hasHello: 16,
  hasHelloTime: 32,
} as const;
