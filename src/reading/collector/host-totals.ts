// Selects the flows that native code sums per host and window instead of exporting each.

import type { RecordFilter } from '../../model/flow.ts';
import type { DecoderOptions } from '../../native/addon.ts';
import { localNetworks } from './local-networks.ts';
import { HIDING_NAMES } from './not-visible.ts';

/** A watchlist without names and networks matches everything, so that every flow with a name or payload is exported. */
const ALL = { names: ['*'], networks: ['0.0.0.0/0', '::/0'] } as const;

/**
 * Native code sums flows without a match if names and networks determine a match. `addresses`: servers whose flows are
 * exported too. The account of traffic always needs the local networks.
 */
export function buildTotals(
  watchlist: RecordFilter,
  localNets: readonly string[],
  addresses: readonly string[] = [],
): Pick<DecoderOptions, 'totals'> {
  const { listed, networks } = watchlist;
  if (listed === undefined || networks === undefined)
    return {
      totals: { localNetworks: localNetworks(localNets), names: [...ALL.names], networks: [...ALL.networks] },
    };
  return {
    totals: {
      localNetworks: localNetworks(localNets),
      names: [...listed.map(nativePattern), ...watchlist.names, ...HIDING_NAMES],
      networks: [...networks, ...addresses],
    },
  };
}

/** Converts "*.suffix" of the catalogue to ".suffix", which also matches the suffix itself. */
function nativePattern(pattern: string): string {
  return pattern.startsWith('*.') && !pattern.includes('*', 1) ? pattern.slice(1) : pattern;
}
