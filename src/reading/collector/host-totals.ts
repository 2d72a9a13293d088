// Selects the flows that native code adds up per host and window instead of giving them one by one.

import type { RecordFilter } from '../../model/flow.ts';
import type { DecoderOptions } from '../../native/addon.ts';
import { localNetworks } from './local-networks.ts';
import { HIDING_NAMES } from './not-visible.ts';

/** A watchlist without names and networks matches everything: every flow with a name or payload is exported. */
const ALL = { names: ['*'], networks: ['0.0.0.0/0', '::/0'] } as const;

/**
 * Flows that match nothing are summed in native code if names and networks decide the match. `addresses`: servers whose flows
 * are exported as well. Local networks are needed in any case, for the account of traffic.
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

/** "*.suffix" of the catalogue as ".suffix", which takes the suffix itself in too. */
function nativePattern(pattern: string): string {
  return pattern.startsWith('*.') && !pattern.includes('*', 1) ? pattern.slice(1) : pattern;
}
