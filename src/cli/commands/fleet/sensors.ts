// `wiretally fleet sensors STORE`: lists the sensors that deliver to a store, and their state.

import { optionError } from '../../../model/errors.ts';
import type { FleetSensor, FleetSensorState } from '../../../model/fleet.ts';
import {
  clockText,
  coverageText,
  fleetNotes,
  lagText,
  newestSignedConfig,
} from '../../../report/text/fleet-words.ts';
import { getTableWidth, type RenderOptions } from '../../../report/text/render-options.ts';
import { listFleetSensors } from '../../../store/fleet-sensors.ts';
import { buildSensorNotes } from '../../../store/sensor-notes.ts';
import { type Column, fitTable, painter, type Role, wrapIndented } from '../../../text/text-layout.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { formatInstant, shortInstant } from '../../../time/instant.ts';
import { US } from '../../../time/units.ts';
import { ARGUMENT, defineCommand, example } from '../../command.ts';
import { type OptionValues, option } from '../../input/declare-option.ts';
import { requireExistingStore, withStore } from '../../input/open-store.ts';
import { commonOptions, outputOptions } from '../../input/options.ts';
import { parseDateTime } from '../../input/time-options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { printWarning } from '../../output/print-errors.ts';
import { printReadSummary } from '../../output/read-summary.ts';
import { writeJson, writeOut } from '../../output/stdout.ts';
import { buildTerminal } from '../../output/terminal.ts';

const options = {
  at: option('--at <time>', 'Input', 'As of this date or time (default: now)', { isCommon: true }),
  forget: option(
    '--forget <sensor>',
    'Input',
    'Release the name of a sensor that was reinstalled or removed',
  ),
  ...outputOptions,
  ...commonOptions,
};

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  summary: 'List sensors: end of records, lag, coverage, drops, versions, clock',
  arguments: [{ name: '<store>', description: 'DuckDB file or folder that sensors deliver to' }],
  options,
  permissions: { writes: [ARGUMENT] },
  examples: [
    example('fleet sensors history.duckdb', 'List sensors with their state'),
    example('fleet sensors history.duckdb --json', 'Print JSON'),
  ],
  async run([path = ''], options) {
    requireExistingStore(path);
    if (options.forget !== undefined) {
      await forget(path, options.forget, options);
      return EXIT.done;
    }
    const nowSeconds =
      options.at === undefined ? Date.now() / 1000 : parseDateTime('--at', options.at, 'UTC');
    return await withStore(path, null, async (store) => {
      const notes = await buildSensorNotes(path).list();
      const sensors = listFleetSensors(await store.sensors(), notes, nowSeconds);
      const document = { schema: 1, at: formatInstant(Math.floor(nowSeconds) * US), sensors };
      if (options.format === 'json') await writeJson(document);
      else await writeOut(formatFleet(sensors, buildTerminal(options)));
      const { damage } = await store.info();
      return printReadSummary({ errors: damage, notes: [], inputsRead: 1, interrupted: false }, options);
    });
  },
});

async function forget(path: string, sensor: string, { quiet }: Options): Promise<void> {
  if (!(await buildSensorNotes(path).forget(sensor))) {
    throw optionError(
      '--forget',
      `${path}: no sensor ${sensor} delivers to this store`,
      `wiretally fleet sensors ${path} lists its sensors`,
    );
  }
  if (quiet !== true)
    printWarning(`${sensor}: the next sensor with this name may deliver; stored windows are kept`);
}

const ROLES: Readonly<Record<FleetSensorState, Role>> = {
  delivering: 'good',
  silent: 'bad',
  ended: 'quiet',
  never: 'warn',
};

function formatFleet(sensors: readonly FleetSensor[], terminal: RenderOptions): string {
  if (sensors.length === 0) return 'no sensor has delivered anything\n';
  const { color, unicode, width } = terminal;
  const none = unicode ? '–' : '-';
  const isOptional = true as const;
  const buildColumn = (head: string, textOf: (sensor: FleetSensor) => string | null): Column => ({
    head,
    align: 'left',
    cells: sensors.map((sensor) => ({ text: visibleText(textOf(sensor) ?? none) })),
  });
  const columns: Column[] = [
    buildColumn('SENSOR', ({ sensor }) => sensor),
    {
      head: 'STATE',
      align: 'left',
      cells: sensors.map(({ state }) => ({ text: state, role: ROLES[state] })),
    },
    buildColumn('RECORDS UNTIL', ({ last }) => (last === null ? null : shortInstant(last))),
    buildColumn('LAG', ({ lagSeconds }) => (lagSeconds === null ? null : lagText(lagSeconds))),
    buildColumn('COVERAGE', ({ coverage }) => (coverage === null ? null : coverageText(coverage))),
    buildColumn('DROPS', ({ kernelDrops }) => String(kernelDrops)),
    buildColumn('CLOCK', ({ clockAheadSeconds }) =>
      clockAheadSeconds === null ? null : clockText(clockAheadSeconds),
    ),
    { ...buildColumn('PROGRAM', ({ program }) => program), isOptional },
    { ...buildColumn('CATALOGUE', ({ catalogue }) => catalogue), isOptional },
    ...(sensors.every(({ keptFrom }) => keptFrom === null)
      ? []
      : [{ ...buildColumn('RECORDS FROM', ({ keptFrom }) => keptFrom), isOptional }]),
    ...(newestSignedConfig(sensors) === 0
      ? []
      : [
          buildColumn('CONFIG', ({ signedConfig }) =>
            signedConfig === null ? null : String(signedConfig.revision),
          ),
        ]),
  ];
  const table = fitTable(columns, painter(color), getTableWidth(terminal), unicode ? '…' : '~');
  const notes = fleetNotes(sensors, visibleText).flatMap((note) => wrapIndented(note, width));
  return `${[...table, ...notes].join('\n')}\n`;
}
