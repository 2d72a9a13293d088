// Phrases that several outputs share: rules, outcomes, sensors and builds in words.

import type { BuildsSeen, PolicyHeader, ReportDocument } from '../../model/report.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import { DEFAULT_RULE } from '../../model/words.ts';
import { spanText, uniteSpans } from '../../text/version.ts';
import { visibleText } from '../../text/visible-text.ts';
import { clockTime, formatDay, type ReaderZone } from './instant.ts';
import type { OutcomeKind } from './outcome.ts';
import { formatCount, plural } from './quantity.ts';

// What a rule bans, in words: the one tool by its name, several by their number.

type PolicyRule = PolicyHeader['rules'][number];

/** "Claude Code", "one of 3 banned tools", "a tool that no rule allows"; `rowName` where only a row knows the name. */
export function bannedTool(
  { id, services, tools = [], toolNames = [] }: PolicyRule,
  rowName: string | null,
): string {
  if (services !== undefined) return 'an AI service that it denies';
  if (id === DEFAULT_RULE) return 'a tool that no rule allows';
  if (tools.length > 1) return `one of ${tools.length} banned tools`;
  return visibleText(toolNames[0] ?? rowName ?? 'what it bans');
}

/** The same as the subject of "… seen on any of 31 hosts": "Claude Code was not", "None of 3 banned tools was". */
export function noBannedTool(
  { id, services, tools = [], toolNames = [] }: PolicyRule,
  rowName: string | null,
): string {
  if (services !== undefined) return 'No AI service that it denies was';
  if (id === DEFAULT_RULE) return 'No tool outside the allow list was';
  if (tools.length > 1) return `None of ${tools.length} banned tools was`;
  const name = toolNames[0] ?? rowName;
  return name === null ? 'Nothing that it bans was' : `${visibleText(name)} was not`;
}

/** Verb in front of what a rule bans. */
export const verbOf = ({ services }: PolicyRule): string => (services === undefined ? 'used' : 'ran');

// What each outcome of a policy is called; the same words in every output.

export const OUTCOME_WORDS: Readonly<Record<OutcomeKind, string>> = {
  violation: 'violation',
  bypass: 'bypass',
  suspected: 'suspected',
  grace: 'in grace',
  updateOnly: 'update only',
  telemetryOnly: 'telemetry only',
  attempted: 'attempted',
  exempt: 'exempt',
  notSince: 'not since',
  approved: 'approved',
  observed: 'observed',
};

// What is said while an interface of a live sensor is down: since when nothing is observed.

/** "uxm0 down since 21:30 UTC: nothing is observed"; with its day where that is another one than `nowSeconds` is on. */
export function blindSentences(
  health: SensorHealth | null,
  zone: ReaderZone,
  nowSeconds: number | null,
): readonly string[] {
  if (health === null) return [];
  const { down = [], workers } = health.status;
  const isAll = workers.every((worker) => down.some((each) => each.interface === worker.interface));
  return down.map(({ interface: name, sinceSeconds }) => {
    const instant = new Date(sinceSeconds * 1000).toISOString();
    const day = zone.dayOf(sinceSeconds);
    const on = nowSeconds === null || day === zone.dayOf(nowSeconds) ? '' : `${formatDay(day)} `;
    const what = isAll ? 'nothing is observed' : 'nothing of it is observed';
    return `${visibleText(name)} down since ${on}${clockTime(instant, zone)} ${zone.name}: ${what}`;
  });
}

// Which sensors report a use or a finding, and what they report outside their networks, in words.

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
      'what it alone reports of them is possible at most and gives no violation',
  );
}

// Builds of a tool on a host in words: spans, and how many of its starts they rest on.

/** "2.1.133 to 2.1.190 (3 of 4 starts placed)"; null where nothing was started or placed. */
export function buildsText({ starts, placed, days }: BuildsSeen): string | null {
  if (placed === 0) return null;
  const spans = uniteSpans(days.flatMap((day) => day.spans));
  return `${spans.map(spanText).join(', ')} (${formatCount(placed)} of ${formatCount(starts)} ${starts === 1 ? 'start' : 'starts'} placed)`;
}
