// Which flows native code adds up per host and window instead of giving them one by one.

import { localNetworks } from '../aggregation/local-networks.ts';
import { HIDING_NAMES } from '../aggregation/not-visible.ts';
import type { RecordFilter } from '../model/flow.ts';
import type { DecoderOptions } from '../native/addon.ts';

/**
 * Flows that match nothing are summed in native code if names and networks decide the match; otherwise
 * every flow is exported. `addresses`: servers whose flows are exported as well.
 */
export function totalsOf(
  watchlist: RecordFilter,
  localNets: readonly string[],
  addresses: readonly string[] = [],
): Pick<DecoderOptions, 'totals'> {
  if (watchlist.listed === undefined || watchlist.networks === undefined) return {};
  return {
    totals: {
      localNetworks: localNetworks(localNets),
      names: [...watchlist.listed.map(nativePattern), ...watchlist.names, ...HIDING_NAMES],
      networks: [...watchlist.networks, ...addresses],
    },
  };
}

/** "*.suffix" of the catalogue as ".suffix", which takes the suffix itself in too. */
function nativePattern(pattern: string): string {
  return pattern.startsWith('*.') && !pattern.includes('*', 1) ? pattern.slice(1) : pattern;
}
