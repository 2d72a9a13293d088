// `wiretally fleet sensors STORE`: who delivers to a store, and how they are.

import { WiretallyError } from '../../../model/errors.ts';
import { fleetSensorsOf } from '../../../store/fleet-sensors.ts';
import { openStore } from '../../../store/open.ts';
import { sensorNotesOf } from '../../../store/sensor-notes.ts';
import { jsonText } from '../../../text/json-text.ts';
import { formatInstant } from '../../../time/instant.ts';
import { US } from '../../../time/units.ts';
import { addCommonOptions, addJsonAlias, type CommonOptions, plainFormat } from '../../input/options.ts';
import { parseDateTime } from '../../input/zone-for.ts';
import { addOptions, type OptionValues, option } from '../../options/declare.ts';
import { EXIT } from '../../output/exit-code.ts';
import { printWarning } from '../../output/messages.ts';
import { writeOut } from '../../output/stdout.ts';
import { terminalOf } from '../../output/terminal.ts';
import type { DefineVerb } from '../define-verb.ts';
import { requireThere } from '../store.ts';
import { fleetTable } from './sensor-table.ts';

const sensorsOptions = {
  at: option('--at <time>', {
    group: 'Input',
    description: 'As of this date or time (default: now)',
    isCommon: true,
  }),
  forget: option('--forget <sensor>', {
    group: 'Input',
    description: 'Release the name of a sensor that was reinstalled or removed',
  }),
  ...plainFormat,
};

interface Options extends CommonOptions, OptionValues<typeof sensorsOptions> {}

export const defineSensors: DefineVerb = (command, done) => {
  command.argument('<store>', 'DuckDB file or folder that sensors deliver to');
  addOptions(command, sensorsOptions);
  addJsonAlias(command);
  addCommonOptions(command);
  command.action(async (path: string, options: Options) => {
    requireThere(path);
    if (options.forget !== undefined) {
      await forget(path, options.forget, options);
      done(EXIT.done);
      return;
    }
    const nowSeconds =
      options.at === undefined ? Date.now() / 1000 : parseDateTime('--at', options.at, 'UTC');
    const store = await openStore(path, { mode: 'read' });
    try {
      const sensors = fleetSensorsOf(await store.sensors(), await sensorNotesOf(path).list(), nowSeconds);
      const document = { schema: 1, at: formatInstant(Math.floor(nowSeconds) * US), sensors };
      await writeOut(
        options.format === 'json' ? `${jsonText(document, 2)}\n` : fleetTable(sensors, terminalOf(options)),
      );
    } finally {
      await store.close();
    }
    done(EXIT.done);
  });
};

async function forget(path: string, sensor: string, { quiet }: Options): Promise<void> {
  if (!(await sensorNotesOf(path).forget(sensor))) {
    throw new WiretallyError('USAGE', `${path}: no sensor ${sensor} delivers to it`, {
      where: 'option --forget',
      next: `wiretally fleet sensors ${path} lists those that do`,
    });
  }
  if (quiet !== true)
    printWarning(`${sensor}: the next that delivers under this name has it; its windows stay`);
}
