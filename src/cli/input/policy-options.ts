// Options of every verb that can evaluate by a policy, and their reading.

import type { Command } from 'commander';
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
