// `--sensors FILE`: which sensor reports which networks.

import type { Command } from 'commander';
import { addOptions, type OptionValues, option } from '../options/declare.ts';

const sensorsOptions = {
  sensors: option('--sensors <file>', 'Policy', 'Sensors file: networks that each sensor may report', {
    changesResult: true,
  }),
};
export type SensorsOptions = OptionValues<typeof sensorsOptions>;

export const addSensorsOption = (command: Command): void => addOptions(command, sensorsOptions);
