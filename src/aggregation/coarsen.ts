// What is kept of one exchange: enough to tell a model request from a post, too little to follow how an answer ran.

import type { UsageExchange } from '../model/usage.ts';

/** Sizes of small requests and of short answers tell how tools begin, and hold little of anybody: they are kept whole. */
const WHOLE_BYTES = 4096;
/** Steps of everything else. Published attacks on streamed answers live on exact sizes and times: docs/privacy.md. */
const STEPS = { timeMs: 100, upBytes: 16, downBytes: 256, records: 8 } as const;
/** An answer of so many records streams. */
const STREAM_RECORDS = 8;

/** To the nearest step, so that sums of many requests stay where they are. */
const roundTo = (value: number, step: number): number => Math.round(value / step) * step;
const floorTo = (value: number, step: number): number => value - (value % step);

/** The same exchange in coarse steps; what is coarse already stays as it is. */
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
