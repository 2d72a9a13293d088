// Explains the evidence for and against a tool on a host, and the basis of its figures.

import { RIVAL } from '../model/confidence.ts';
import { groupBy } from '../model/grouped-by.ts';
import { mergeEvidence } from '../model/merge-evidence.ts';
import type { EvidenceItem, Range, ToolUse } from '../model/report.ts';
import type { BuildSign, HostAttribution, HostTool } from '../model/tool.ts';
import { findBytes, isFromLogs, withheldByReason } from '../model/withheld.ts';
import { joinWords } from '../text/quantity.ts';
import { spanText } from '../text/version.ts';
import { formatInstant } from '../time/instant.ts';
import { nameSensors } from './traffic/host-sensors.ts';

const CONFIDENCE_WORDS = {
  certain: 'certain: a program that can be this tool used a name that only this tool uses',
  likely: 'likely: the traffic fits this tool well, but other programs could produce the same traffic',
  possible: 'possible: the traffic may be that of this tool, but nothing identifies it',
} as const;

/** The name of a provider never shows the program, and its addresses do not show the service. */
const PROVIDER_WORDS = {
  ...CONFIDENCE_WORDS,
  certain: 'certain: a name of this provider was contacted; the program is not known',
  possible: 'possible: the traffic may be that of this provider; neither service nor program is known',
} as const;

/** Functions that format amounts and times. The command line passes those of reports. */
export interface Wording {
  bytes(count: number): string;
  count(count: number): string;
  time(instant: string): string;
  readonly timezone: string;
  /** Includes the IDs of rules, connections, and marks of builds. */
  readonly isVerbose?: boolean;
}

/** Returns lines of text about the tool, or about every row of the host. Without evidence, the text says so. */
export function explainTool(
  attributions: readonly HostAttribution[],
  host: string,
  tool: string | null,
  wording: Wording,
): string[] {
  const attribution = attributions.find((hostAttribution) => hostAttribution.host === host);
  if (attribution === undefined) return [`${host}: no AI traffic was seen on this host.`];
  const rows = [...attribution.tools, ...attribution.providers];
  if (rows.length === 0) return [`${host}: no AI traffic was seen on this host.`];
  if (tool === null) {
    return rows.flatMap((row, i) => [
      ...(i === 0 ? [] : ['']),
      ...explainUse(host, row, attribution, wording),
    ]);
  }
  const found = rows.find(({ use }) => use.tool === tool);
  if (found === undefined) {
    const seen = rows.map(({ use }) => `${use.tool} (${use.confidence})`);
    return [`${host}: no evidence for ${tool}.`, `Seen on this host: ${seen.join(', ')}.`];
  }
  return explainUse(host, found, attribution, wording);
}

function explainUse(host: string, found: HostTool, attribution: HostAttribution, wording: Wording): string[] {
  const { use } = found;
  const rivals = attribution.tools.filter(
    (tool) => tool.use.tool !== use.tool && tool.use.confidence !== 'possible',
  );
  const isProvider = attribution.providers.includes(found);
  // The figures assume this tool. The row of the provider has figures without this assumption.
  const isAssumed = use.confidence === 'possible';
  const confidence = (isProvider ? PROVIDER_WORDS : CONFIDENCE_WORDS)[use.confidence];
  const vendor = use.vendor === 'unknown' ? '' : ` (${use.vendor})`;
  return [
    `${use.name}${vendor} on ${host} is ${confidence}.`,
    describeSpan(use, wording),
    ...(use.sensors === undefined ? [] : [`Reported by ${nameSensors(use.sensors)}.`]),
    '',
    'Evidence for it:',
    ...listItems(
      use.evidence.filter((item) => item.for),
      wording,
    ),
    'Evidence against it, or reasons for caution:',
    ...listItems(
      use.evidence.filter((item) => !item.for),
      wording,
    ),
    ...(rivals.length === 0
      ? []
      : [`  Also on this host: ${joinWords(rivals.map(({ use: other }) => other.name))}.`]),
    '',
    isAssumed && !isProvider ? `What it did, if it was ${use.name}:` : 'What it did:',
    ...describeTraffic(use, wording).map((line) => `  ${line}`),
    ...unknownTelemetry(use, isProvider).map((line) => `  ${line}`),
    ...describeWeakerDays(found),
    ...(isAssumed ? [] : describeBuilds(found, wording)),
    ...(isProvider ? [] : describeUpdates(use, wording)),
    ...(isProvider ? [] : ['', ...describeDecisiveEvidence(use)]),
  ];
}

/** Maximum number of listed groups of starts, and of listed starts in one; the earliest are listed. */
const MAX_STARTS = 40;
/** Maximum number of listed days. */
const MAX_OPEN_DAYS = 5;

export const NOT_PLACED = {
  fewMarks: 'unknown: too few of its start-up requests have a recorded size',
  contradiction: 'unknown: the sizes of its start-up requests belong to different builds',
  laterBuilds:
    'unknown: only builds that were released after this day match (the time of the capture may be wrong)',
  unknownCalls:
    'unknown: some of its start-up requests have recorded sizes, but too many have sizes of no recorded build (a key of another length, a newer build, another program)',
} as const;

/** Lists starts by their builds, with their marks on request. */
function describeBuilds({ use, signs, signDays }: HostTool, wording: Wording): string[] {
  if (signs === undefined) return [];
  const title = ['', 'Which build ran:'];
  const listed = signs.filter(({ kind }) => kind !== 'used');
  if (listed.length === 0) {
    const reason = isFromLogs(use)
      ? 'logs do not contain the sizes of requests, which identify a build'
      : 'no start of a recorded build was seen';
    return [...title, `  unknown: ${reason}`];
  }
  const groups = [...groupBy(listed, (sign) => `${sign.kind} ${buildsOf(sign)}`).values()];
  const more = groups.slice(MAX_STARTS).reduce((sum, group) => sum + group.length, 0);
  const isAnyPlaced = listed.some(({ spans }) => spans !== null);
  const open = (signDays ?? []).filter(({ state }) => state !== 'placed').map(({ date }) => date);
  return [
    ...title,
    ...groups.slice(0, MAX_STARTS).flatMap((group) => describeStarts(group, wording)),
    ...(more > 0 ? [`  and ${wording.count(more)} more`] : []),
    ...(isAnyPlaced && open.length > 0
      ? [`  Not all use ${daysText(open, wording)} has a known build.`]
      : []),
  ];
}

const daysText = (days: readonly string[], { count }: Wording): string =>
  days.length <= MAX_OPEN_DAYS
    ? `of ${days.join(', ')}`
    : `of ${count(days.length)} days from ${days[0]} to ${days.at(-1)}`;

function buildsOf({ spans, why, newerSince }: BuildSign): string {
  const newer =
    newerSince === undefined ? '' : `possibly newer than the builds recorded until ${newerSince}; `;
  return spans === null ? `${newer}${NOT_PLACED[why ?? 'fewMarks']}` : spans.map(spanText).join(', ');
}

/** Describes starts or downloads with the same builds. */
function describeStarts(group: readonly BuildSign[], wording: Wording): string[] {
  const [first, last] = [group[0], group.at(-1)];
  if (first === undefined || last === undefined) return [];
  const timeOf = ({ atUs }: BuildSign): string => wording.time(formatInstant(atUs));
  const [builds, isStart] = [buildsOf(first), first.kind === 'start'];
  const isVerbose = isStart && wording.isVerbose === true;
  const marksOf = ({ marks }: BuildSign): string =>
    isVerbose ? (marks.length === 0 ? '; no mark was seen' : `; marks: ${marks.join(', ')}`) : '';
  if (group.length === 1)
    return [
      `  ${timeOf(first)}, ${isStart ? 'start' : 'download of an update of this size'}: ${builds}${marksOf(first)}`,
    ];
  const what = isStart ? 'starts' : 'downloads of updates of this size';
  const more = group.length - MAX_STARTS;
  return [
    `  ${timeOf(first)} to ${timeOf(last)}, ${wording.count(group.length)} ${what}: ${builds}`,
    ...(isVerbose ? group.slice(0, MAX_STARTS).map((sign) => `    ${timeOf(sign)}${marksOf(sign)}`) : []),
    ...(isVerbose && more > 0 ? [`    and ${wording.count(more)} more`] : []),
  ];
}

/** Maximum number of listed days; the latest are listed. */
const MAX_UPDATES = 20;

/** Lists traffic from names from which only this tool fetches its releases. */
function describeUpdates({ updates }: ToolUse, wording: Wording): string[] {
  if (updates === undefined) return ['', 'Updates:', '  not visible: no known name is used only for updates'];
  const shown = updates.slice(-MAX_UPDATES);
  const more = updates.length - shown.length;
  const lines = shown.map(
    ({ name, first, last, payloadDown, isRelease }) =>
      `  ${formatSpan(first, last, wording)}: ${name}, ${wording.bytes(payloadDown)} received (${isRelease ? 'large enough for a release' : 'too small for a release'})`,
  );
  return [
    '',
    'Updates:',
    ...(more > 0 ? [`  ${wording.count(more)} earlier`] : []),
    ...(lines.length === 0 ? ['  none seen'] : lines),
  ];
}

/** Lists UTC days on which a tool that is likely on other days was only possible: another row has their figures. */
function describeWeakerDays({ use, quarters }: HostTool): string[] {
  if (use.confidence === 'possible') return [];
  const days = quarters
    .filter(({ confidence }) => confidence === 'possible')
    .map(({ startSeconds }) => new Date(startSeconds * 1000).toISOString().slice(0, 10));
  const list = [...new Set(days)].join(', ');
  return list === ''
    ? []
    : [`  Only possible on ${list}: the figures of those days are in the row of the provider or relay.`];
}

/** Returns the span of the flows. Evidence against a tool may be older, because it also comes from other programs. */
function describeSpan(use: ToolUse, wording: Wording): string {
  const ends = formatSpan(use.firstSeen, use.lastSeen, wording);
  const span = `${ends === wording.time(use.firstSeen) ? 'at' : 'from'} ${ends} (${wording.timezone})`;
  if (use.flows === 0) return `Seen ${span}, without a flow.`;
  const [up, down] = [findBytes(use, 'bytesUp'), findBytes(use, 'bytesDown')];
  return `${formatFlows(use.flows, wording)} ${span}: ${bytesText(up, wording)} up, ${bytesText(down, wording)} down.`;
}

/** Ends that are printed alike are one time. */
function formatSpan(first: string, last: string, { time }: Wording): string {
  const [from, to] = [time(first), time(last)];
  return from === to ? from : `${from} to ${to}`;
}

const bytesText = (count: number | null, { bytes }: Wording): string =>
  count === null ? 'unknown bytes' : bytes(count);

const formatFlows = (count: number, { count: write }: Wording): string =>
  `${write(count)} ${count === 1 ? 'flow' : 'flows'}`;

function listItems(items: readonly EvidenceItem[], wording: Wording): string[] {
  if (items.length === 0) return ['  nothing'];
  return mergeEvidence(items).map(({ for: isFor, detail, rule, first, flows: count, communityIds }) => {
    const details = [formatFlows(count, wording), `first ${wording.time(first)}`];
    if (wording.isVerbose === true) details.push(rule, ...communityIds.slice(0, 1));
    return `  ${isFor ? '+' : '-'} ${detail} (${details.join('; ')})`;
  });
}

const formatRange = ({ min, max }: Range, noun: string, { count }: Wording): string =>
  `${min === max ? count(min) : `${count(min)} to ${count(max)}`} ${noun}${max === 1 ? '' : 's'}`;

function describeTraffic(use: ToolUse, wording: Wording): string[] {
  const counted = isFromLogs(use) ? 'as the log counts it' : 'with handshakes';
  const lines = use.names.map(
    (name) =>
      `${name.name}: ${name.role}, ${formatFlows(name.flows, wording)}, ${bytesText(findBytes(use, 'payloadUp', name), wording)} of payload up, ${counted}`,
  );
  const roles = new Set(use.names.map(({ role }) => role));
  const isUse = roles.has('inference') || roles.has('mcp') || roles.has('relay');
  if (roles.has('update') && !isUse) lines.push('Only an update ran, which is not use.');
  else if (roles.has('telemetry') && !isUse) lines.push('Only telemetry was sent, which is not use.');
  // Minutes, prompts and bytes are those of certain requests.
  if (use.requests !== null && use.requests.min === 0 && use.requests.max > 0) {
    lines.push(formatRange(use.requests, 'model request', wording));
  } else if (use.requests !== null) {
    const prompts = use.prompts === null ? '' : `, in ${formatRange(use.prompts, 'prompt', wording)}`;
    const minutes = use.activeMinutes ?? 0;
    const spell = formatRange({ min: minutes, max: minutes }, 'minute', wording);
    lines.push(`${formatRange(use.requests, 'model request', wording)}${prompts}, in ${spell}`);
  }
  if (use.modelPayloadUp !== null && use.modelPayloadUp > 0)
    lines.push(`about ${wording.bytes(use.modelPayloadUp)} of requests to the model`);
  if (use.telemetry !== null && use.telemetry.payloadUp > 0) {
    const how = use.telemetry.method === 'name' ? 'by name' : 'by the sizes of requests';
    const { min, payloadUp } = use.telemetry;
    const amount =
      min < payloadUp
        ? `${wording.bytes(min)} to ${wording.bytes(payloadUp)}`
        : `about ${wording.bytes(payloadUp)}`;
    lines.push(`${amount} of telemetry, ${how}`);
    if (use.evidence.some(({ rule }) => rule === RIVAL))
      lines.push('another tool of this host may have sent a part of these requests and of this telemetry');
  }
  if (use.calibration !== undefined && use.confidence !== 'possible')
    lines.push(`accuracy of these estimates: ${use.calibration}`);
  for (const { figures, reason, isPart } of withheldByReason(use))
    lines.push(`${isPart ? 'not complete' : 'not known'}: ${joinWords(figures)}; ${reason}`);
  return lines.length === 0 ? ['only DNS queries'] : lines;
}

/** States why a row without a reason of its own has no telemetry. */
function unknownTelemetry(
  { kind, flows, names, requests, telemetry, withheld }: ToolUse,
  isProvider: boolean,
): string[] {
  const isStated =
    withheld.some(({ field }) => field === 'telemetry') || names.some(({ role }) => role === 'telemetry');
  if (flows === 0 || telemetry !== null || isStated) return [];
  if (isProvider)
    return ['not known: telemetry; requests to a provider come from any program, and none is identified'];
  if (kind === 'chat')
    return ['not known: requests, telemetry; the traffic of a web page is not divided into them'];
  return requests === null
    ? []
    : ['not known: telemetry; without an identified program it cannot be separated from other requests'];
}

function describeDecisiveEvidence(use: ToolUse): string[] {
  if (use.confidence === 'certain') return ['Decisive evidence: a name that only this tool uses.'];
  const own = use.names.filter(({ specificity }) => specificity === 'tool').map(({ name }) => name);
  if (own.length > 0) {
    return [
      `Only this tool uses ${own.join(', ')}, but the program or its behavior is not sufficient for certain.`,
    ];
  }
  return ['Not certain: no name was seen that only this tool uses. Inspect the host to confirm the tool.'];
}
