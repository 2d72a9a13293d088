// Catalogue, policy and hosts file of `watch`: read together, so that a reload takes all of them or none.

import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { catalogueFacts } from '../../../catalogue/facts.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { type PolicyOnDisk, readHostsFile, readPolicy } from '../../../library/policy-file.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { policyHeader } from '../../../policy/header.ts';
import type { HostsFile } from '../../../policy/hosts-file.ts';
import type { LivePolicy } from '../../../sensor/alerts/live-policy-check.ts';
import type { WatchVerbOptions } from './options.ts';

export interface WatchConfig {
  readonly catalogue: Catalogue;
  readonly onDisk: PolicyOnDisk | null;
  readonly hosts: HostsFile | null;
  /** Null without a policy. */
  readonly live: LivePolicy | null;
}

/** Throws CATALOGUE_INVALID, POLICY_INVALID, HOSTS_INVALID, USAGE. */
export async function readWatchConfig(options: WatchVerbOptions): Promise<WatchConfig> {
  const catalogue = await loadCatalogue(options.catalogue);
  const onDisk = options.policy === undefined ? null : readPolicy(options.policy, catalogue);
  const hosts = options.hosts === undefined ? null : readHostsFile(options.hosts);
  if (onDisk?.policy.privacy.hosts === 'pseudonym' && options.pseudonymize === undefined) {
    throw new WiretallyError(
      'USAGE',
      `${onDisk.file}: the policy asks for pseudonyms, and no key was given`,
      { next: 'add --pseudonymize KEYFILE' },
    );
  }
  if (onDisk === null) return { catalogue, onDisk, hosts, live: null };
  const header = policyHeader(onDisk.policy, onDisk.sha256, catalogueFacts(catalogue));
  const live: LivePolicy = {
    policy: onDisk.policy,
    header,
    catalogue,
    ...(hosts === null ? {} : { groupsOf: (host) => hosts.groupsOf(host) }),
  };
  return { catalogue, onDisk, hosts, live };
}
