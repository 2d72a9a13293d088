// Selects the records that become windows, for files and for interfaces.

import type { AnalyzeOptions } from '../../model/sensor.ts';
import { DOH_NAMES, ECH_PUBLIC_NAMES } from '../../model/window-words.ts';
import type { DecoderOptions, NativeAddon } from '../../native/addon.ts';
import { PRIVATE_NETWORKS } from '../../net/private-networks.ts';
import { listFilterFlaws } from '../../window/flaws.ts';
import type { RecordVisitor } from '../threads/record-order.ts';
import { Aggregator, collectorLookup } from './aggregator.ts';
import { LocalNetworks, localNetworks } from './local-networks.ts';
import { TUNNEL_NAMES } from './not-visible.ts';

/** Record types that a decoder must export. */
export const WINDOW_RECORDS = {
  emitHellos: false,
  emitFlows: true,
  dns: 'watchlist',
  emitObservations: true,
  emitExchanges: true,
  emitOutcomes: true,
  emitServices: true,
} as const satisfies Partial<DecoderOptions>;

type AggregationOptions = Pick<
  AnalyzeOptions,
  'lookup' | 'watchlist' | 'localNets' | 'addressNames' | 'filter' | 'exclude' | 'workers'
>;

export function aggregatorFor(
  { lookup, watchlist, localNets = [], addressNames = [], workers = 1, ...leftOut }: AggregationOptions,
  windowSeconds: number,
  { NativeCollector }: Pick<NativeAddon, 'NativeCollector'>,
): Aggregator {
  const options = {
    windowSeconds,
    localNetworks: localNetworks(localNets),
    privateNetworks: PRIVATE_NETWORKS,
    addressNames,
    echNames: ECH_PUBLIC_NAMES,
    dohNames: DOH_NAMES,
    tunnelNames: TUNNEL_NAMES,
    workers,
  };
  const collector = new NativeCollector(options, collectorLookup(lookup, watchlist));
  return new Aggregator({
    windowSeconds,
    collector,
    localNetworks: new LocalNetworks(localNets),
    leftOut: listFilterFlaws({ ...leftOut, localNets }),
  });
}

export function recordsInto(aggregator: Aggregator): RecordVisitor {
  return {
    onBatch: (batch, length, part) => aggregator.addBatch(batch, length, part) > 0,
    onService: (service) => aggregator.addService(service),
    settle: (untilUs) => aggregator.settle(untilUs),
  };
}
