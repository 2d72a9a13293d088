// `wiretally serve SOURCE…`: pages for a browser, and an interface for programs, over what is kept.

import { addCatalogueOption, addCommonOptions, namedInputs, timezone } from '../../input/options.ts';
import { addSensorsOption } from '../../input/sensors-option.ts';
import { EXIT } from '../../output/exit-code.ts';
import type { DefineVerb } from '../define-verb.ts';
import { addListenOptions } from './listen-options.ts';
import type { ServeOptions } from './serve-options.ts';

const DEFAULT_ADDRESS = '127.0.0.1:7577';

export const defineServe: DefineVerb = (command, done) => {
  command
    .argument(
      '<source...>',
      'a store, also on a server, a folder of .usage files, .usage files, or an evidence bundle',
    )
    .option('--policy <file>', 'evaluate this policy')
    .option('--hosts <file.csv>', 'groups by network, MAC or host name: columns match,group')
    .option('--pseudonymize <keyfile>', 'show pseudonyms instead of hosts')
    .option(
      '--timezone <zone>',
      "zone of days and times (default: the policy's, else the system's)",
      timezone,
    );
  addSensorsOption(command);
  addListenOptions(command, DEFAULT_ADDRESS);
  addCatalogueOption(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: ServeOptions) => {
    const { runServe } = await import('./run.ts');
    await runServe(namedInputs(files, {}), options);
    done(EXIT.done);
  });
};
