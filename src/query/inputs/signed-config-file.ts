// Parses the contents of a signed configuration: catalogue, policy, hosts file and advisories.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { catalogueWith } from '../../files/catalogue-files.ts';
import { WiretallyError } from '../../model/errors.ts';
import type { Advisory } from '../../model/report.ts';
import { type HostsFile, parseHostsFile } from '../../policy/hosts-file.ts';
import { loadAdvisories } from '../../policy/parse-advisory.ts';
import { SealRefused } from '../../store/sealed.ts';
import type { SensorConfig, SignedConfig } from '../../store/signed-config.ts';
import type { SensorNetworks } from '../../window/sensor-networks.ts';
import { parseSensorsFile } from '../../window/sensors-file.ts';
import { type PolicyOnDisk, parsePolicy } from './policy-file.ts';

export interface SignedConfigParts {
  readonly catalogue: Catalogue;
  readonly onDisk: PolicyOnDisk | null;
  readonly hosts: HostsFile | null;
  readonly advisories: readonly Advisory[];
  readonly networks: SensorNetworks | null;
}

/**
 * Parses all parts. `where`: prefix of error messages. Throws CATALOGUE_INVALID, POLICY_INVALID, HOSTS_INVALID,
 * SENSORS_INVALID; the message lists every fault of the part.
 */
export async function openSignedConfig(config: SensorConfig, where: string): Promise<SignedConfigParts> {
  const entries = config.catalogue.map(({ name, text }) => ({ file: `${where}: ${name}`, text }));
  const catalogue = await catalogueWith(entries, where);
  const { policy, hosts, sensorNetworks } = config;
  const advisories =
    config.advisories === undefined
      ? []
      : loadAdvisories(config.advisories, `${where}: advisories`, catalogue.tools);
  return {
    catalogue,
    onDisk: policy === null ? null : parsePolicy(policy, `${where}: policy`, catalogue, advisories),
    advisories,
    hosts: hosts === null ? null : parseHostsFile(hosts, `${where}: hosts file`),
    networks:
      sensorNetworks === undefined ? null : parseSensorsFile(sensorNetworks, `${where}: sensors file`),
  };
}

/** Returns the message of a refusal; null for any other error. */
export function signedConfigRefusal(error: unknown): string | null {
  if (error instanceof SealRefused) return error.message;
  const isFault =
    error instanceof WiretallyError &&
    ['POLICY_INVALID', 'CATALOGUE_INVALID', 'HOSTS_INVALID', 'SENSORS_INVALID'].includes(error.code);
  return isFault ? error.message : null;
}

/** Returns why a part of the configuration cannot be used; null if all parts are valid. */
export async function findConfigFault({ config }: SignedConfig): Promise<string | null> {
  try {
    await openSignedConfig(config, `signed configuration ${config.revision}`);
    return null;
  } catch (error) {
    const refusal = signedConfigRefusal(error);
    if (refusal === null) throw error;
    return refusal;
  }
}
