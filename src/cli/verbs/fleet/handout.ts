// `wiretally fleet configure --policy FILE --sign-key KEY --to URL`: gives policy, hosts file and catalogue entries to sensors, signed.

import { addCarrierOptions } from '../../input/carrier.ts';
import { addCatalogueOption, addCommonOptions } from '../../input/options.ts';
import { addSensorsOption } from '../../input/sensors-option.ts';
import { addOptions } from '../../options/declare.ts';
import { EXIT } from '../../output/exit-code.ts';
import type { DefineVerb } from '../define-verb.ts';
import { type HandoutVerbOptions, handoutVerbOptions } from './options.ts';

export const defineHandout: DefineVerb = (command, done) => {
  addOptions(command, handoutVerbOptions);
  addSensorsOption(command);
  addCatalogueOption(command);
  addCarrierOptions(command);
  addCommonOptions(command);
  command.action(async (options: HandoutVerbOptions) => {
    const { runHandout } = await import('./run-handout.ts');
    await runHandout(options);
    done(EXIT.done);
  });
};
