// `--sensors FILE`: which sensor reports which networks.

import type { Command } from 'commander';

export interface SensorsOptions {
  readonly sensors?: string;
}

export function addSensorsOption(command: Command): void {
  command.option('--sensors <file>', 'sensors file: the networks that each sensor may report hosts of');
}
