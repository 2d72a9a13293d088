// The options of `alerts test`.

import type { CommonOptions } from '../../input/options.ts';
import { list, type OptionValues, option } from '../../options/declare.ts';

export const testOptions = {
  receivers: option('--receivers <file>', 'Input', 'Receivers file (mode 0600)', { isMandatory: true }),
  receiver: list('--receiver <name>', 'Input', 'Test this receiver only', { isCommon: true }),
};
export type TestOptions = OptionValues<typeof testOptions> & CommonOptions & { readonly sandbox: boolean };
