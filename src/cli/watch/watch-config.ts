// Reads catalogue, policy and hosts file of `watch` together, so that a reload replaces all of them or none.

import { catalogueFacts } from '../../catalogue/policy-facts.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import type { SensorRules } from '../../live/sensor-rules.ts';
import { usageError, WiretallyError } from '../../model/errors.ts';
import type { HostIdentity } from '../../model/policy.ts';
import type { Advisory } from '../../model/report.ts';
import { policyHeader } from '../../policy/header.ts';
import type { HostsFile } from '../../policy/hosts-file.ts';
import type { SkippedFile } from '../../query/inputs/advisory-import.ts';
import { type PolicyOnDisk, readHostsFile, readPolicy } from '../../query/inputs/policy-file.ts';
import { readSensors } from '../../query/inputs/read-sensors-file.ts';
import {
  openSignedConfig,
  type SignedConfigParts,
  signedConfigRefusal,
} from '../../query/inputs/signed-config-file.ts';
import { excludedNetworks, readOptionalAdvisories } from '../../query/policy-view.ts';
import { SealRefused } from '../../store/sealed.ts';
import { appliesTo, readSignedConfigFile, type SignedConfig } from '../../store/signed-config.ts';
import { readTrusted } from '../../store/signing.ts';
import { readNewestSignedConfig } from '../../store/spool.ts';
import { chooseZone } from '../input/time-options.ts';
import type { WatchOptions } from './watch-options.ts';

export interface WatchConfig extends SensorRules {
  readonly onDisk: PolicyOnDisk | null;
  readonly hosts: HostsFile | null;
  /** Compared with the versions that hosts start; rules of the policy can name them. */
  readonly advisories: readonly Advisory[];
  /** Advisory files that were skipped because they are damaged. */
  readonly skippedAdvisories: readonly SkippedFile[];
}

/**
 * `before`: the rules in force, null at the start. While the sensor runs, an unusable signed configuration does not change
 * them. At the start, the options of the command line apply instead, so that the sensor starts and records. Throws
 * CATALOGUE_INVALID, POLICY_INVALID, HOSTS_INVALID, SENSORS_INVALID, USAGE, SIGNED_CONFIG_INVALID.
 */
export async function readWatchConfig(
  options: WatchOptions,
  before: WatchConfig | null,
): Promise<WatchConfig> {
  try {
    const signed = readSignedConfigInForce(options, before);
    if (signed === null) return await readNamedConfig(options, null);
    const { config, sha256 } = signed;
    const { revision } = config;
    const parts = await openSignedConfig(config, `signed configuration ${revision}`);
    if (lacksRequiredKey(parts, options))
      throw new SealRefused(
        `the policy of signed configuration ${revision} requires pseudonyms, but no key was passed`,
      );
    return {
      ...parts,
      ...buildRules(parts, options),
      skippedAdvisories: [],
      signedConfig: { revision, sha256 },
      refused: null,
    };
  } catch (error) {
    const refusal = signedConfigRefusal(error);
    if (options.signedConfig === undefined || refusal === null) throw error;
    const refused = `${options.signedConfig}: ${refusal}`;
    if (before !== null) throw new WiretallyError('SIGNED_CONFIG_INVALID', refused, { cause: error });
    return await readNamedConfig(options, refused);
  }
}

async function readNamedConfig(options: WatchOptions, refused: string | null): Promise<WatchConfig> {
  const catalogue = await loadCatalogue(options.catalogue);
  const published = await readOptionalAdvisories(options.advisories, catalogue);
  const parts = {
    catalogue,
    ...published,
    onDisk: options.policy === undefined ? null : readPolicy(options.policy, catalogue, published.advisories),
    hosts: options.hosts === undefined ? null : readHostsFile(options.hosts),
    networks: await readSensors(options),
  };
  if (lacksRequiredKey(parts, options)) {
    throw usageError(
      `${parts.onDisk?.file}: the policy requires pseudonyms, but no key was passed`,
      'add --pseudonymize KEYFILE',
    );
  }
  return { ...parts, ...buildRules(parts, options), signedConfig: null, refused };
}

/** Returns null if no signed configuration exists yet. Throws SealRefused, USAGE. */
function readSignedConfigInForce(
  { signedConfig: file, trust, sensor, write }: WatchOptions,
  before: WatchConfig | null,
): SignedConfig | null {
  if (file === undefined) return null;
  const signed = readSignedConfigFile(file, readTrusted(trust));
  // The spool records the newest signed configuration in force, so that a restart does not accept an older one.
  const recordedRevision =
    write === undefined || sensor === undefined ? 0 : readNewestSignedConfig(write, sensor);
  const highestRevision = Math.max(recordedRevision, before?.signedConfig?.revision ?? 0);
  if (signed === null) {
    if (highestRevision > 0)
      throw new SealRefused(`signed configuration ${highestRevision} was in force, but the file is missing`);
    return null;
  }
  const { revision, sensors } = signed.config;
  if (!appliesTo(signed.config, sensor ?? '')) {
    const ownName = sensor ?? 'a sensor without a name';
    throw new SealRefused(
      `signed configuration ${revision} is for ${sensors.join(', ')}, not for ${ownName}`,
    );
  }
  if (revision < highestRevision)
    throw new SealRefused(
      `signed configuration ${revision} is older than ${highestRevision}, which was in force: older revisions are refused`,
    );
  return signed;
}

const lacksRequiredKey = ({ onDisk }: SignedConfigParts, { pseudonymize }: WatchOptions): boolean =>
  onDisk?.policy.privacy.hosts === 'pseudonym' && pseudonymize === undefined;

function buildRules(
  { catalogue, onDisk, hosts, networks }: SignedConfigParts,
  options: WatchOptions,
): Pick<SensorRules, 'inForce' | 'excluded' | 'timezone'> {
  const timezone = chooseZone({ ...options, format: 'terminal' }, onDisk?.policy.timezone);
  if (onDisk === null) return { inForce: null, excluded: [], timezone };
  const { policy, sha256 } = onDisk;
  const live = {
    policy,
    header: policyHeader(policy, sha256, catalogueFacts(catalogue)),
    catalogue,
    networks,
    ...(hosts === null ? {} : { groupsOf: (host: HostIdentity) => hosts.groupsOf(host) }),
  };
  return { inForce: { sha256, live }, excluded: excludedNetworks(onDisk), timezone };
}
