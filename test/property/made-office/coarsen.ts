// Exchanges of made offices in the steps of windows: native-bindings/src/collector/row.cc.

import type { UsageExchange } from '../../../src/model/usage.ts';

/** Sizes of small requests and short answers identify how tools start and reveal little: they are kept exact. */
const WHOLE_BYTES = 4096;
/** Steps of everything else. Published attacks on streamed answers live on exact sizes and times: docs/privacy.md. */
const STEPS = { timeMs: 100, upBytes: 16, downBytes: 256, records: 8 } as const;
/** An answer with this many records is streamed. */
const STREAM_RECORDS = 8;

/** Rounded to the nearest step, so that sums of many requests are unbiased. */
const roundTo = (value: number, step: number): number => Math.round(value / step) * step;
const floorTo = (value: number, step: number): number => value - (value % step);

/** The same exchange in coarse steps; idempotent. */
export function coarsen(exchange: UsageExchange): UsageExchange {
  const { bytesUp, bytesDown, recordsDown } = exchange;
  const isStreamed = recordsDown >= STREAM_RECORDS;
  const upStep = bytesUp < WHOLE_BYTES ? 1 : STEPS.upBytes;
  const downStep = !isStreamed && bytesDown < WHOLE_BYTES ? 1 : STEPS.downBytes;
  return {
    ...exchange,
    startMs: floorTo(exchange.startMs, STEPS.timeMs),
    bytesUp: roundTo(bytesUp, upStep),
    bytesDown: floorTo(bytesDown, downStep),
    recordsDown: isStreamed ? floorTo(recordsDown, STEPS.records) : recordsDown,
    largestUp: roundTo(exchange.largestUp, upStep),
    largestDown: floorTo(exchange.largestDown, downStep),
    firstDown: floorTo(exchange.firstDown, downStep),
    waitMs: floorTo(exchange.waitMs, STEPS.timeMs),
    answerMs: floorTo(exchange.answerMs, STEPS.timeMs),
    largestGapMs: floorTo(exchange.largestGapMs, STEPS.timeMs),
    uploadMs: floorTo(exchange.uploadMs, STEPS.timeMs),
  };
}
