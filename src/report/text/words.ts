// Contains phrases that several outputs share: outcomes, sensors and builds.

import type { BuildsSeen, ReportDocument } from '../../model/report.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import { uniteSpans } from '../../text/version.ts';
import { visibleText } from '../../text/visible-text.ts';
import { ENGLISH_WORDS, formatDay, type ReportWords } from './english-words.ts';
import { clockTime, type ReaderZone } from './instant-text.ts';

// Outcomes of a policy have the same words in every output.

export const OUTCOME_WORDS = ENGLISH_WORDS.outcomes;

// Reports that an interface of a live sensor is down, and since when nothing has been observed.

/** Returns "uxm0 down since 21:30 UTC: nothing is observed", with the day if `nowSeconds` is on another one. */
export function blindSentences(
  health: SensorHealth | null,
  zone: ReaderZone,
  nowSeconds: number | null,
): readonly string[] {
  if (health === null) return [];
  const { down = [], workers } = health.status;
  const isAll = workers.every((worker) =>
    down.some((interfaceDown) => interfaceDown.interface === worker.interface),
  );
  return down.map(({ interface: name, sinceSeconds }) => {
    const instant = new Date(sinceSeconds * 1000).toISOString();
    const day = zone.dayOf(sinceSeconds);
    const on = nowSeconds === null || day === zone.dayOf(nowSeconds) ? '' : `${formatDay(day)} `;
    const what = isAll ? 'nothing is observed' : 'this interface is not observed';
    return `${visibleText(name)} down since ${on}${clockTime(instant, zone)} ${zone.name}: ${what}`;
  });
}

// Names the sensors that report a use or a finding.

/** Maximum sensors in a text; CSV and JSON have all. */
const MAX_NAMED = 4;

/** True if a row was reported by several sensors, or by some of several. */
export const distinguishesSensors = ({ sensor, hosts }: ReportDocument): boolean =>
  sensor === null &&
  hosts.some(({ tools, providers }) =>
    [tools, providers].some((uses) => uses.some(({ sensors }) => sensors !== undefined)),
  );

/**
 * Returns the sensors that report a row or a finding; empty if the report is from one sensor, or if sensors have no
 * names.
 */
export function reportersText(
  { sensor }: ReportDocument,
  { sensors }: { readonly sensors?: readonly string[] },
  { listSeparator }: ReportWords = ENGLISH_WORDS,
): string {
  if (sensor !== null || sensors === undefined) return '';
  const more = sensors.length > MAX_NAMED ? ['…'] : [];
  return [...sensors.slice(0, MAX_NAMED).map(visibleText), ...more].join(listSeparator);
}

// Describes builds of a tool on a host: spans, and the number of starts that identify them.

/**
 * Returns "2.1.133 to 2.1.190 (3 of 4 starts identified)" or "possibly newer than the builds recorded until 2026-11-20
 * (0 of 1 start identified)"; null without starts, or if nothing is known about them.
 */
export function buildsText(
  { starts, placed, days }: BuildsSeen,
  words: ReportWords = ENGLISH_WORDS,
): string | null {
  const newerSince = days.find((day) => day.newerSince !== undefined)?.newerSince;
  if (placed === 0 && newerSince === undefined) return null;
  const spans = placed === 0 ? [] : uniteSpans(days.flatMap((day) => day.spans));
  const newer = newerSince === undefined ? [] : [words.newerSince(newerSince)];
  const ranges = [...spans.map(words.sections.advisories.versions), ...newer].join(words.listSeparator);
  return words.builds(ranges, placed, starts);
}
