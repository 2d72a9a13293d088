// Which records become windows, of files and of interfaces alike.

import { hash } from 'node:crypto';
import { Aggregator } from '../aggregation/aggregate.ts';
import type { AnalyzeOptions } from '../model/sensor.ts';
import type { DecoderOptions } from '../native/addon.ts';
import type { RecordVisitor } from './threads/record-order.ts';

/** Requested record types of a decoder. */
export const WINDOW_RECORDS = {
  emitHellos: false,
  emitFlows: true,
  dns: 'watchlist',
  emitObservations: true,
  emitExchanges: true,
  emitServices: true,
} as const satisfies Partial<DecoderOptions>;

type AggregationOptions = Pick<AnalyzeOptions, 'lookup' | 'watchlist' | 'localNets'>;

export function aggregatorFor(
  { lookup, watchlist, localNets = [] }: AggregationOptions,
  windowSeconds: number,
): Aggregator {
  return new Aggregator({
    windowSeconds,
    lookup,
    ciphers: watchlist.ciphers,
    localNets,
    sha1: (bytes) => hash('sha1', bytes, 'base64'),
  });
}

export function recordsInto(aggregator: Aggregator): RecordVisitor {
  return {
    onHostTotals: (totals) => aggregator.addTotals(totals),
    onFlowSummary: (flow) => aggregator.addFlowSummary(flow),
    onFlow: (flow) => aggregator.addFlow(flow),
    onExchange: (exchange) => aggregator.addExchange(exchange),
    onDns: (record) => aggregator.addDns(record),
    onObservation: (observation) => aggregator.addObservation(observation),
    onService: (service) => aggregator.addService(service),
    settle: (untilUs) => aggregator.settle(untilUs),
  };
}
