// The options of verbs of a fleet, as they come from the command line.

import type { CarrierOptions } from '../../input/carrier.ts';
import type { HandoutOptions } from '../../input/handout-options.ts';
import type { CatalogueOptions, CommonOptions } from '../../input/options.ts';
import type { SensorsOptions } from '../../input/sensors-option.ts';

export interface ShipOptions extends CommonOptions, CarrierOptions, HandoutOptions {
  readonly to: readonly string[];
  readonly once?: boolean;
  readonly every: number;
  readonly keepDays?: number;
  readonly mostMib?: number;
  readonly leastFreeMib: number;
  readonly sandbox: boolean;
}

export interface CollectOptions extends CommonOptions, CarrierOptions, CatalogueOptions, SensorsOptions {
  readonly store: string;
  readonly durable: string;
  readonly once?: boolean;
  readonly setAside?: string;
  readonly onlyPseudonyms?: boolean;
  readonly sandbox: boolean;
}

export interface HandoutVerbOptions extends CommonOptions, CarrierOptions, CatalogueOptions, SensorsOptions {
  readonly to: readonly string[];
  readonly for: readonly string[];
  readonly policy?: string;
  readonly hosts?: string;
  readonly keepDays?: number;
  readonly signKey: string;
  readonly revision?: number;
  readonly sandbox: boolean;
}
