// `wiretally sensors STORE`: who delivers to a store, and how they are.

import { WiretallyError } from '../../../model/errors.ts';
import { fleetSensorsOf } from '../../../store/fleet-sensors.ts';
import { openStore } from '../../../store/open.ts';
import { sensorNotesOf } from '../../../store/sensor-notes.ts';
import { jsonText } from '../../../text/json-text.ts';
import { formatInstant } from '../../../time/instant.ts';
import { US } from '../../../time/units.ts';
import {
  addCommonOptions,
  addJsonAlias,
  type CommonOptions,
  type PlainFormat,
  plainFormat,
} from '../../input/options.ts';
import { parseDateTime } from '../../input/since-until.ts';
import { EXIT } from '../../output/exit-code.ts';
import { printWarning } from '../../output/messages.ts';
import { writeOut } from '../../output/stdout.ts';
import { terminalOf } from '../../output/terminal.ts';
import type { DefineVerb } from '../define-verb.ts';
import { requireThere } from '../store.ts';
import { fleetTable } from './sensor-table.ts';

interface Options extends CommonOptions {
  readonly format: PlainFormat;
  readonly at?: string;
  readonly forget?: string;
}

export const defineSensors: DefineVerb = (command, done) => {
  command
    .argument('<store>', 'DuckDB file or folder that sensors deliver to')
    .option('--at <time>', 'as of this date or time (default: now)')
    .option('--forget <sensor>', 'the name is free again, for a sensor that was set up anew or is no more')
    .option('--format <name>', 'terminal or json', plainFormat, 'terminal' as const);
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
      next: `wiretally sensors ${path} lists those that do`,
    });
  }
  if (quiet !== true)
    printWarning(`${sensor}: the next that delivers under this name has it; its windows stay`);
}
