// `wiretally fleet ship DIR --to URL`: delivers what a sensor keeps, and loses nothing on the way.

import { carrierOptions } from '../../input/carrier.ts';
import { commonOptions } from '../../input/options.ts';
import { addSignedConfigOptions } from '../../input/signed-config-options.ts';
import { addOptions } from '../../options/declare.ts';
import { EXIT } from '../../output/exit-code.ts';
import type { DefineVerb } from '../define-verb.ts';
import { type ShipOptions, shipOptions } from './options.ts';

export const defineShip: DefineVerb = (command, done) => {
  command.argument(
    '<dir>',
    'Folder of windows written by "watch --write" or "analyze --sensor NAME --write"',
  );
  addOptions(command, shipOptions);
  addSignedConfigOptions(
    command,
    'File of the signed configuration of this sensor, received from the broker',
  );
  addOptions(command, { ...carrierOptions, ...commonOptions });
  command.action(async (folder: string, options: ShipOptions) => {
    const { runShip } = await import('./run-ship.ts');
    await runShip(folder, options);
    done(EXIT.done);
  });
};
