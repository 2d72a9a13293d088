// Which flows native code adds up per host and window instead of giving them one by one.

import type { Interest, UsageLookup } from '../model/sensor.ts';
import type { DecoderOptions } from '../native/addon.ts';
import { HIDING_NAMES } from '../usage/dark.ts';
import { ourNetworks } from '../usage/our-side.ts';

/**
 * Flows of no interest are added up before they leave native code, where the look-up's judgement of a flow can be told
 * in names and networks; else every flow leaves.
 */
export function totalsOf(
  lookup: UsageLookup,
  interest: Interest,
  localNets: readonly string[],
): Pick<DecoderOptions, 'totals'> {
  const judgesByCode = lookup.isEchPublicName !== undefined || lookup.isDohName !== undefined;
  if (judgesByCode || interest.listed === undefined || interest.networks === undefined) return {};
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
