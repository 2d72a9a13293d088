// The page about the sensors of a fleet: deliveries, silent sensors, and the versions and policies of each.

import type { FleetSensor, FleetSensorState } from '../../model/fleet.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { longTime } from '../../report/text/english-words.ts';
import {
  clockText,
  coverageText,
  fleetNotes,
  lagText,
  newestSignedConfig,
  silentFirst,
} from '../../report/text/fleet-words.ts';
import { formatCount, plural } from '../../text/quantity.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import type { FleetStates } from '../documents.ts';

const MAX_SENSORS = 1000;
const SUMS_SHOWN = 8;
const TAGS: Readonly<Record<FleetSensorState, string>> = {
  silent: 'viol',
  never: 'susp',
  delivering: 'ok',
  ended: 'none',
};

export function fleetBody({ sensors, atMs }: FleetStates, timezone: string): Html {
  const zone = openZone(timezone);
  const at = longTime(new Date(atMs).toISOString(), zone);
  if (sensors.length === 0)
    return html`<h1 class="title">Sensors</h1><p class="lead">No sensor of a fleet delivers to this store. A sensor appears here after <code>wiretally fleet collect</code> receives its first records.</p>`;
  const silent = sensors.filter(({ state }) => state === 'silent').length;
  const lead =
    silent === 0
      ? 'No sensor with a name is silent.'
      : `${plural(silent, 'sensor')} with a name ${silent === 1 ? 'is' : 'are'} silent: no verdict covers what only ${silent === 1 ? 'it sees' : 'they see'}.`;
  const shown = silentFirst(sensors).slice(0, MAX_SENSORS);
  const notes = fleetNotes(shown).map((note) => html`<li>${note}</li>`);
  return html`<h1 class="title">Sensors</h1><p class="lead">${lead}</p><p class="sm soft">${plural(sensors.length, 'sensor')}, at ${at}${shown.length < sensors.length ? `; the first ${formatCount(MAX_SENSORS)} are shown` : ''}</p>${notes.length === 0 ? NOTHING : html`<ul class="sm">${notes}</ul>`}${table(shown, zone)}
<p class="as">This table as <a href="/api/v1/sensors.csv">CSV</a> or <a href="/api/v1/sensors">JSON</a>.</p>`;
}

type Column = readonly [head: string, cell: (sensor: FleetSensor) => Html | string, isNumber?: true];

function table(sensors: readonly FleetSensor[], zone: Zone): Html {
  const columns = listColumns(newestSignedConfig(sensors) > 0, zone);
  const heads = columns.map(
    ([head, , isNumber]) => html`<th scope="col"${isNumber === true ? html` class="n"` : ''}>${head}</th>`,
  );
  const rows = sensors.map(
    (sensor) =>
      html`<tr><th scope="row">${sensor.sensor}</th>${columns.slice(1).map(([, cell, isNumber]) => html`<td${isNumber === true ? html` class="n"` : ''}>${cell(sensor)}</td>`)}</tr>`,
  );
  return html`<div class="scroll" role="region" aria-label="Sensors, table" tabindex="0"><table class="un"><caption class="sr">Sensors</caption><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

const NONE = '–';
const SIGNED_CONFIG_COLUMN: Column = [
  'Configuration',
  ({ signedConfig }) => (signedConfig === null ? NONE : String(signedConfig.revision)),
  true,
];

function listColumns(hasSignedConfig: boolean, zone: Zone): Column[] {
  return [
    ['Sensor', ({ sensor }) => sensor],
    ['State', ({ state }) => html`<span class="tag ${TAGS[state]}">${state}</span>`],
    ['Records until', ({ last }) => (last === null ? NONE : longTime(last, zone))],
    ['Lag', ({ lagSeconds }) => (lagSeconds === null ? NONE : lagText(lagSeconds)), true],
    ['Coverage', ({ coverage }) => (coverage === null ? NONE : coverageText(coverage)), true],
    ['Lost packets', ({ kernelDrops }) => formatCount(kernelDrops), true],
    [
      'Clock',
      ({ clockAheadSeconds }) => (clockAheadSeconds === null ? NONE : clockText(clockAheadSeconds)),
      true,
    ],
    ['Program', ({ program }) => program ?? NONE],
    ['Catalogue', ({ catalogue }) => catalogue ?? NONE],
    [
      'Policy',
      ({ policy }) =>
        policy === null ? NONE : html`<span class="mono">${policy.slice(0, SUMS_SHOWN)}</span>`,
    ],
    ...(hasSignedConfig ? [SIGNED_CONFIG_COLUMN] : []),
  ];
}
