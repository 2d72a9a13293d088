// `wiretally watch -i IFACE` and `wiretally watch --follow PATH`: live interfaces, or logs as they are written, into windows,
// reports and findings.

import { WiretallyError } from '../../model/errors.ts';
import {
  addReportOptions,
  addSensorOption,
  addWindowOptions,
  catalogueOptions,
  commonOptions,
} from '../input/options.ts';
import { sensorsOptions } from '../input/sensors-option.ts';
import { addSignedConfigOptions } from '../input/signed-config-options.ts';
import { addOptions } from '../options/declare.ts';
import { EXIT } from '../output/exit-code.ts';
import type { DefineVerb } from './define-verb.ts';
import { addListenOptions } from './serve/listen-options.ts';
import { type GivenWatchOptions, watchOptions, withDefaults } from './watch/options.ts';

export const defineWatch: DefineVerb = (command, done) => {
  addOptions(command, watchOptions);
  addSignedConfigOptions(
    command,
    'Signed configuration of this sensor; replaces --policy, --hosts, --sensors and --catalogue',
  );
  addSensorOption(command);
  addListenOptions(command);
  addWindowOptions(command);
  addOptions(command, { ...sensorsOptions, ...catalogueOptions });
  addReportOptions(command);
  addOptions(command, commonOptions);
  command.action(async (given: GivenWatchOptions) => {
    const options = withDefaults(given);
    if (options.interface.length === 0 && options.follow.length === 0) {
      const { interfaceNames } = await import('../../reading/rings/ring.ts');
      throw new WiretallyError('USAGE', 'no interface was named', {
        next: `wiretally watch -i ${interfaceNames()[0] ?? 'eth0'}, or --follow PATH for logs of another sensor`,
      });
    }
    const { runWatch } = await import('./watch/run.ts');
    await runWatch(options);
    done(EXIT.done);
  });
};
