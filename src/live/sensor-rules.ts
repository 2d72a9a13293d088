// Reads all rules of a sensor together, so that a reload replaces all of them or none.

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HostIdentity, Policy } from '../model/policy.ts';
import type { PolicyHeader } from '../model/report.ts';
import type { SignedConfigKey } from '../store/spool.ts';
import type { SensorNetworks } from '../window/sensor-networks.ts';

/** Rules by which findings are raised. */
export interface LivePolicy {
  readonly policy: Policy;
  readonly header: PolicyHeader;
  readonly catalogue: Catalogue;
  /** Limits the hosts that each sensor may report; absent or null without a sensors file. */
  readonly networks?: SensorNetworks | null;
  /** Groups of a hosts file; absent without one. */
  readonly groupsOf?: (host: HostIdentity) => readonly string[];
}

/** The policy in force, with its checksum and the rules of its check. */
export interface ActivePolicy {
  readonly sha256: string;
  readonly live: LivePolicy;
}

export interface SensorRules {
  readonly catalogue: Catalogue;
  /** Limits the hosts that each sensor may report; null without a sensors file. */
  readonly networks: SensorNetworks | null;
  /** Null without a policy. */
  readonly inForce: ActivePolicy | null;
  /** Networks that the policy never records. */
  readonly excluded: readonly string[];
  /** Lines for the operator show times in this zone. */
  readonly timezone: string;
  /** The signed configuration in force; null: the options of the command line apply. */
  readonly signedConfig: SignedConfigKey | null;
  /** The reason why an existing signed configuration is not in force; null for no fault. */
  readonly refused: string | null;
}
