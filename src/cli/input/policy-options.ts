// Options of every verb that can evaluate by a policy, and their reading.

import type { Command } from 'commander';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { PolicyView } from '../../library/policy-file.ts';
import { type FailOn, parseFailOn } from './fail-on.ts';
import { addSensorsOption, type SensorsOptions } from './sensors-option.ts';

export interface PolicyOptions extends SensorsOptions {
  readonly policy?: string;
  readonly advisory?: string;
  readonly hosts?: string;
  readonly pseudonymize?: string;
  readonly failOn?: FailOn;
}

export function addPolicyOptions(command: Command): void {
  command
    .option('--policy <file>', 'evaluate this policy')
    .option('--advisory <file|dir>', 'an advisory about versions, or a folder of them (*.yaml)')
    .option('--hosts <file.csv>', 'groups by network, MAC or host name: columns match,group')
    .option('--pseudonymize <keyfile>', 'show pseudonyms instead of hosts')
    .option('--fail-on <results>', 'exit with 1 on these too, e.g. suspected,cannotSay', parseFailOn);
  addSensorsOption(command);
}

/** Loaded here and not above: the parsers of policies cost as much time as a small capture. */
export async function readPolicyView(options: PolicyOptions, catalogue: Catalogue): Promise<PolicyView> {
  const [{ readHostsFile, readPolicy }, { readPseudonyms }] = await Promise.all([
    import('../../library/policy-file.ts'),
    import('./pseudonyms.ts'),
  ]);
  const advisories =
    options.advisory === undefined
      ? []
      : (await import('./advisory-files.ts')).readAdvisories(options.advisory, catalogue);
  return {
    advisories,
    onDisk: options.policy === undefined ? null : readPolicy(options.policy, catalogue, advisories),
    hosts: options.hosts === undefined ? null : readHostsFile(options.hosts),
    pseudonymOf: options.pseudonymize === undefined ? null : readPseudonyms(options.pseudonymize),
  };
}
