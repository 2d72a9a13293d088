// `wiretally handout --policy FILE --sign-key KEY --to URL`: gives policy, hosts file and catalogue entries to sensors, signed.

import { addCarrierOptions } from '../../input/carrier.ts';
import { addCatalogueOption, addCommonOptions, repeatable, wholeNumber } from '../../input/options.ts';
import { addSensorsOption } from '../../input/sensors-option.ts';
import { EXIT } from '../../output/exit-code.ts';
import type { DefineVerb } from '../define-verb.ts';
import type { HandoutVerbOptions } from './options.ts';

export const defineHandout: DefineVerb = (command, done) => {
  command
    .requiredOption(
      '--to <address>',
      'nats://USER@HOST:PORT, tls://…, or a file that sensors read (repeatable)',
      repeatable,
      [],
    )
    .requiredOption('--sign-key <key.pem>', 'Ed25519 private key; sensors trust its public one')
    .option(
      '--for <sensor>',
      'for these sensors, "*" stands for any text (repeatable; default: all)',
      repeatable,
      [],
    )
    .option('--policy <file>', 'what sensors raise findings by')
    .option('--hosts <file.csv>', 'groups by network, MAC or host name: columns match,group')
    .option(
      '--keep-days <n>',
      'sensors delete delivered days that are older',
      wholeNumber('--keep-days', 0, 36_500),
    )
    .option(
      '--revision <n>',
      'its number (default: one more than what is there)',
      wholeNumber('--revision', 1, Number.MAX_SAFE_INTEGER),
    );
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
