// The options of verbs of a fleet, as they come from the command line.

import type { CarrierOptions } from '../../input/carrier.ts';
import type { CatalogueOptions, CommonOptions } from '../../input/options.ts';

export interface ShipOptions extends CommonOptions, CarrierOptions {
  readonly to: readonly string[];
  readonly once?: boolean;
  readonly every: number;
  readonly keepDays?: number;
  readonly mostMib?: number;
  readonly leastFreeMib: number;
  readonly sandbox: boolean;
}

export interface CollectOptions extends CommonOptions, CarrierOptions, CatalogueOptions {
  readonly store: string;
  readonly durable: string;
  readonly once?: boolean;
  readonly setAside?: string;
  readonly onlyPseudonyms?: boolean;
  readonly sandbox: boolean;
}
