// Which sensors report a use or a finding, and what they report outside their networks, in words.

import type { ReportDocument } from '../../model/report.ts';
import { visibleText } from '../../text/visible-text.ts';
import { plural } from './quantity.ts';

/** Sensors that a text names; CSV and JSON have all. */
const MAX_NAMED = 4;

/** True where some row is of several sensors, or of one of them. */
export const tellsSensors = ({ sensor, hosts }: ReportDocument): boolean =>
  sensor === null &&
  hosts.some(({ tools, providers }) =>
    [tools, providers].some((uses) => uses.some(({ sensors }) => sensors !== undefined)),
  );

/** Sensors that report a row or a finding; empty where the report is of one sensor, or they have no names. */
export function reportersText(
  { sensor }: ReportDocument,
  { sensors }: { readonly sensors?: readonly string[] },
): string {
  if (sensor !== null || sensors === undefined) return '';
  const more = sensors.length > MAX_NAMED ? ', …' : '';
  return `${sensors.slice(0, MAX_NAMED).map(visibleText).join(', ')}${more}`;
}

/** One for each sensor that reported hosts of others. */
export function outsideSentences({ outsideNetworks = [] }: ReportDocument): string[] {
  return outsideNetworks.map(
    ({ sensor, hosts }) =>
      `sensor ${visibleText(sensor)} reported ${plural(hosts, 'host')} outside its networks: ` +
      'what it alone reports of them is possible at most, and accuses nobody',
  );
}
