// `wiretally ship DIR --to URL`: delivers what a sensor keeps, and loses nothing on the way.

import { addCarrierOptions } from '../../input/carrier.ts';
import { addHandoutOptions } from '../../input/handout-options.ts';
import { addCommonOptions, repeatable, wholeNumber } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import type { DefineVerb } from '../define-verb.ts';
import type { ShipOptions } from './options.ts';

/** Of a disk, for whoever else writes there: the sensor first of all. */
const LEAST_FREE_MIB = 64;

export const defineShip: DefineVerb = (command, done) => {
  command
    .argument('<dir>', 'folder of windows that "watch --write" or "analyze --sensor NAME --write" adds to')
    .requiredOption(
      '--to <address>',
      'nats://USER@HOST:PORT, tls://…, clickhouse://… or a folder (repeatable)',
      repeatable,
      [],
    )
    .option('--once', 'deliver what is there, then end')
    .option('--every <seconds>', 'look for new windows this often', wholeNumber('--every', 1, 3600), 5)
    .option(
      '--keep-days <n>',
      'delete delivered days that are older (default: when room is needed)',
      wholeNumber('--keep-days', 0, 36_500),
    )
    .option(
      '--most-mib <n>',
      'room of the folder; then the oldest days go, delivered ones first',
      wholeNumber('--most-mib', 1, 1 << 30),
    )
    .option(
      '--least-free-mib <n>',
      'the same when less than this is free on the disk',
      wholeNumber('--least-free-mib', 0, 1 << 30),
      LEAST_FREE_MIB,
    );
  addHandoutOptions(command, 'file for what is handed out to this sensor, taken from the broker');
  addCarrierOptions(command);
  addCommonOptions(command);
  command.action(async (folder: string, options: ShipOptions) => {
    const { runShip } = await import('./run-ship.ts');
    await runShip(folder, options);
    done(EXIT.done);
  });
};
