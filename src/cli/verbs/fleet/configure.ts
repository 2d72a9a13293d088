// `wiretally fleet configure --policy FILE --sign-key KEY --to URL`: gives policy, hosts file and catalogue entries to sensors, signed.

import { addOptions } from '../../options/declare.ts';
import { EXIT } from '../../output/exit-code.ts';
import type { DefineVerb } from '../define-verb.ts';
import { type ConfigureOptions, configureOptions } from './options.ts';

export const defineConfigure: DefineVerb = (command, done) => {
  addOptions(command, configureOptions);
  command.action(async (options: ConfigureOptions) => {
    const { runConfigure } = await import('./run-configure.ts');
    await runConfigure(options);
    done(EXIT.done);
  });
};
