// Which records become windows, of files and of interfaces alike.

import type { Aggregator } from '../aggregation/aggregate.ts';
import type { DecoderOptions } from '../native/addon.ts';
import type { RecordVisitor } from './threads/record-order.ts';

/** Requested record types of a decoder. */
export const WINDOW_RECORDS = {
  emitHellos: false,
  emitFlows: true,
  dns: 'watchlist',
  emitObservations: true,
  emitExchanges: true,
} as const satisfies Partial<DecoderOptions>;

export function recordsInto(aggregator: Aggregator): RecordVisitor {
  return {
    onHostTotals: (totals) => aggregator.addTotals(totals),
    onFlowSummary: (flow) => aggregator.addFlowSummary(flow),
    onFlow: (flow) => aggregator.addFlow(flow),
    onExchange: (exchange) => aggregator.addExchange(exchange),
    onDns: (record) => aggregator.addDns(record),
    onObservation: (observation) => aggregator.addObservation(observation),
    settle: (untilUs) => aggregator.settle(untilUs),
  };
}
