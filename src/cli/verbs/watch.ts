// `wiretally watch -i IFACE`: live interfaces into windows, reports and findings.

import { WiretallyError } from '../../model/errors.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addLiveWindowOptions,
  addReportOptions,
  addSensorOption,
} from '../input/options.ts';
import { addSensorsOption } from '../input/sensors-option.ts';
import { addSignedConfigOptions } from '../input/signed-config-options.ts';
import { addOptions } from '../options/declare.ts';
import { EXIT } from '../output/exit-code.ts';
import type { DefineVerb } from './define-verb.ts';
import { addListenOptions } from './serve/listen-options.ts';
import { type WatchVerbOptions, watchOptions } from './watch/options.ts';

export const defineWatch: DefineVerb = (command, done) => {
  addOptions(command, watchOptions);
  addSignedConfigOptions(
    command,
    'Signed configuration of this sensor; replaces --policy, --hosts, --sensors and --catalogue',
  );
  addSensorOption(command);
  addListenOptions(command);
  addLiveWindowOptions(command);
  addSensorsOption(command);
  addCatalogueOption(command);
  addReportOptions(command);
  addCommonOptions(command);
  command.action(async (options: WatchVerbOptions) => {
    if (options.interface.length === 0) {
      const { interfaceNames } = await import('../../capture/ring.ts');
      throw new WiretallyError('USAGE', 'no interface was named', {
        next: `wiretally watch -i ${interfaceNames()[0] ?? 'eth0'}`,
      });
    }
    const { runWatch } = await import('./watch/run.ts');
    await runWatch(options);
    done(EXIT.done);
  });
};
