// Options of every verb that can evaluate by a policy, and their reading.

import type { Command } from 'commander';
import { addOptions, type OptionValues, option } from '../options/declare.ts';
import { type FailOn, parseFailOn } from './fail-on.ts';
import { type SensorsOptions, sensorsOptions } from './sensors-option.ts';

/** Of every command that shows hosts. */
export const hostsOption = option(
  '--hosts <file.csv>',
  'Policy',
  'Host groups by network, MAC or host name (columns match,group)',
  { changesResult: true },
);

export const pseudonymizeOption = option(
  '--pseudonymize <keyfile>',
  'Policy',
  'Replace hosts with keyed pseudonyms',
  { changesResult: true },
);

export const policyOption = option('--policy <file>', 'Policy', 'Evaluate this policy file', {
  isCommon: true,
  changesResult: true,
});

export const advisoriesOption = option(
  '--advisories <file|dir>',
  'Policy',
  'Advisory on tool versions, or a folder of them (*.yaml, *.json, *.zip)',
  { changesResult: true },
);

const policyOptions = {
  policy: policyOption,
  advisories: advisoriesOption,
  hosts: hostsOption,
  pseudonymize: pseudonymizeOption,
  failOn: option<FailOn>(
    '--fail-on <results>',
    'Policy',
    'Additional results that cause exit code 1, e.g. suspected,inconclusive',
    { parse: parseFailOn },
  ),
};
export type PolicyOptions = OptionValues<typeof policyOptions> & SensorsOptions;

/** `other`: options with other facts, for a command where they mean more. */
export function addPolicyOptions(command: Command, other: Partial<typeof policyOptions> = {}): void {
  addOptions(command, { ...policyOptions, ...other, ...sensorsOptions });
}
