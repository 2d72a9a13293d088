// `--sensors FILE`: which sensor reports which networks.

import { type OptionValues, option } from '../options/declare.ts';

export const sensorsOptions = {
  sensors: option('--sensors <file>', 'Policy', 'Sensors file: networks that each sensor may report', {
    changesResult: true,
  }),
};
export type SensorsOptions = OptionValues<typeof sensorsOptions>;
