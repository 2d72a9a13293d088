// The sensors of a fleet as a table for people.

import type { FleetSensor, FleetSensorState } from '../../../model/fleet.ts';
import {
  clockText,
  coverageText,
  fleetNotes,
  lagText,
  newestSignedConfig,
} from '../../../report/text/fleet-words.ts';
import { type Column, painter, type Role, renderTable } from '../../../text/text-layout.ts';
import { visibleText } from '../../../text/visible-text.ts';

const ROLES: Readonly<Record<FleetSensorState, Role>> = {
  delivering: 'good',
  silent: 'bad',
  ended: 'quiet',
  never: 'warn',
};

export function fleetTable(
  sensors: readonly FleetSensor[],
  { color, unicode }: { readonly color: boolean; readonly unicode: boolean },
): string {
  if (sensors.length === 0) return 'no sensor has delivered anything\n';
  const none = unicode ? '–' : '-';
  const column = (head: string, textOf: (sensor: FleetSensor) => string | null): Column => ({
    head,
    align: 'left',
    cells: sensors.map((sensor) => ({ text: visibleText(textOf(sensor) ?? none) })),
  });
  const columns: Column[] = [
    column('SENSOR', ({ sensor }) => sensor),
    {
      head: 'STATE',
      align: 'left',
      cells: sensors.map(({ state }) => ({ text: state, role: ROLES[state] })),
    },
    // Windows end at whole seconds.
    column('LAST WINDOW', ({ last }) => last?.replace('.000000Z', 'Z') ?? null),
    column('LAG', ({ lagSeconds }) => (lagSeconds === null ? null : lagText(lagSeconds))),
    column('COVERAGE', ({ coverage }) => (coverage === null ? null : coverageText(coverage))),
    column('DROPS', ({ kernelDrops }) => String(kernelDrops)),
    column('CLOCK', ({ clockAheadSeconds }) =>
      clockAheadSeconds === null ? null : clockText(clockAheadSeconds),
    ),
    column('PROGRAM', ({ program }) => program),
    column('CATALOGUE', ({ catalogue }) => catalogue),
    ...(sensors.every(({ keptFrom }) => keptFrom === null)
      ? []
      : [column('SPOOL FROM', ({ keptFrom }) => keptFrom)]),
    ...(newestSignedConfig(sensors) === 0
      ? []
      : [
          column('CONFIG', ({ signedConfig }) =>
            signedConfig === null ? null : String(signedConfig.revision),
          ),
        ]),
  ];
  return `${[...renderTable(columns, painter(color)), ...fleetNotes(sensors, visibleText)].join('\n')}\n`;
}
