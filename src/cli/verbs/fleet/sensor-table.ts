// The sensors of a fleet as a table for people.

import { plural } from '../../../report/text/quantity.ts';
import { type Column, painter, type Role, renderTable } from '../../../text/text-layout.ts';
import { visibleText } from '../../../text/visible-text.ts';
import type { SensorHealth } from './sensor-health.ts';

const ROLES: Readonly<Record<SensorHealth['state'], Role>> = {
  delivering: 'good',
  silent: 'bad',
  ended: 'quiet',
  never: 'warn',
};

export function healthTable(
  sensors: readonly SensorHealth[],
  { color, unicode }: { readonly color: boolean; readonly unicode: boolean },
): string {
  if (sensors.length === 0) return 'no sensor has delivered anything\n';
  const none = unicode ? '–' : '-';
  const column = (head: string, textOf: (sensor: SensorHealth) => string | null): Column => ({
    head,
    align: 'left',
    cells: sensors.map((sensor) => ({ text: visibleText(textOf(sensor) ?? none) })),
  });
  const newest = Math.max(0, ...sensors.map(({ handout }) => handout?.revision ?? 0));
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
    column('COVERAGE', ({ coverage }) => (coverage === null ? null : `${Math.floor(100 * coverage)} %`)),
    column('DROPS', ({ kernelDrops }) => String(kernelDrops)),
    column('CLOCK', ({ clockAheadSeconds }) =>
      clockAheadSeconds === null ? null : clockText(clockAheadSeconds),
    ),
    column('PROGRAM', ({ program }) => program),
    column('CATALOGUE', ({ catalogue }) => catalogue),
    ...(newest === 0
      ? []
      : [column('HAND-OUT', ({ handout }) => (handout === null ? null : String(handout.revision)))]),
  ];
  const refused = sensors.flatMap(({ sensor, refused: by }) =>
    by === null
      ? []
      : [
          `${visibleText(sensor)}: ${plural(by.windows, 'window')} of another sensor of this name ` +
            `${by.windows === 1 ? 'was' : 'were'} refused, the last at ${by.last}`,
        ],
  );
  const lines = [...renderTable(columns, painter(color)), ...refused, ...olderLines(sensors, newest)];
  return `${lines.join('\n')}\n`;
}

/** Sensors that evaluate by something else than what was handed out last; those that have ended do no more. */
function olderLines(sensors: readonly SensorHealth[], newest: number): string[] {
  return sensors
    .filter(({ state, handout }) => state !== 'ended' && newest > (handout?.revision ?? 0))
    .map(({ sensor, handout }) => {
      const by = handout === null ? 'what its own machine says' : `hand-out ${handout.revision}`;
      return `${visibleText(sensor)}: evaluates by ${by}; the newest in this fleet is ${newest}`;
    });
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_HOURS = 24;

function lagText(seconds: number): string {
  if (seconds < 0) return 'in the future';
  if (seconds < 2 * HOUR_SECONDS) return `${Math.floor(seconds / MINUTE_SECONDS)} min`;
  const hours = Math.floor(seconds / HOUR_SECONDS);
  return hours < 2 * DAY_HOURS ? `${hours} h` : `${Math.floor(hours / DAY_HOURS)} days`;
}

const clockText = (ahead: number): string => `${ahead > 0 ? '+' : ''}${ahead} s`;
