// Which flows native code adds up per host and window instead of giving them one by one.

import { HIDING_NAMES } from '../aggregation/dark.ts';
import { ourNetworks } from '../aggregation/our-side.ts';
import type { Interest } from '../model/sensor.ts';
import type { DecoderOptions } from '../native/addon.ts';

/**
 * Flows of no interest are added up before they leave native code, where what matters is told in names and
 * networks; else every flow leaves.
 */
export function totalsOf(interest: Interest, localNets: readonly string[]): Pick<DecoderOptions, 'totals'> {
  if (interest.listed === undefined || interest.networks === undefined) return {};
  return {
    totals: {
      localNetworks: ourNetworks(localNets),
      names: [...interest.listed.map(nativePattern), ...interest.names, ...HIDING_NAMES],
      networks: interest.networks,
    },
  };
}

/** "*.suffix" of the catalogue as ".suffix", which takes the suffix itself in too. */
function nativePattern(pattern: string): string {
  return pattern.startsWith('*.') && !pattern.includes('*', 1) ? pattern.slice(1) : pattern;
}
