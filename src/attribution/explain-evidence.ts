// Explains the evidence for and against a tool on a host, and the basis of its figures.

import { mergeEvidence } from '../model/merge-evidence.ts';
import type { EvidenceItem, Range, ToolUse } from '../model/report.ts';
import type { HostAttribution, HostTool } from '../model/tool.ts';
import { findBytes, withheldByReason } from '../model/withheld.ts';
import { joinWords } from '../text/quantity.ts';
import { spanText } from '../text/version.ts';
import { formatInstant } from '../time/instant.ts';
import { nameSensors } from './traffic/host-sensors.ts';

const CONFIDENCE_WORDS = {
  certain: 'certain: a program that can be this tool used a name that only this tool uses',
  likely: 'likely: the traffic fits this tool well, but other programs could produce the same traffic',
  possible: 'possible: the traffic may be that of this tool, but nothing identifies it',
} as const;

/** The name of a provider is certain, but it never shows the program. */
const PROVIDER_CERTAIN = 'certain: a name of this provider was contacted; the program is not known';

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
  const confidence =
    isProvider && use.confidence === 'certain' ? PROVIDER_CERTAIN : CONFIDENCE_WORDS[use.confidence];
  return [
    `${use.name} (${use.vendor}) on ${host} is ${confidence}.`,
    spanOfFlows(use, wording),
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
    isAssumed ? `What it did, if it was ${use.name}:` : 'What it did:',
    ...describeTraffic(use, wording).map((line) => `  ${line}`),
    ...weakerDays(found),
    ...(isAssumed ? [] : startsSeen(found, wording)),
    ...(isProvider ? [] : updatesSeen(use, wording)),
    ...(isProvider ? [] : ['', ...describeDecisiveEvidence(use)]),
  ];
}

/** Maximum number of listed starts; the earliest are listed. */
const MAX_STARTS = 40;

export const NOT_PLACED = {
  fewMarks: 'cannot say: too few of its calls have a recorded size',
  contradiction: 'cannot say: its calls contradict each other',
  laterBuilds:
    'cannot say: only builds that were released after this day match (the time of the capture may be wrong)',
  unknownCalls:
    'cannot say: some of its calls have recorded sizes, but too many have sizes of no recorded build (a key of another length, a newer build, another program)',
} as const;

/** Lists each start, with its marks on request, and the note of the catalogue if it has no builds. */
function startsSeen({ signs, signDays }: HostTool, wording: Wording): string[] {
  if (signs === undefined) return [];
  const listed = signs.filter(({ kind }) => kind !== 'used');
  const lines = listed.slice(0, MAX_STARTS).map(({ kind, atUs, spans, marks, why, newerSince }) => {
    const newer =
      newerSince === undefined ? '' : `possibly newer than the recorded builds (until ${newerSince}); `;
    const builds =
      spans === null ? `${newer}${NOT_PLACED[why ?? 'fewMarks']}` : spans.map(spanText).join(', ');
    const shown = marks.length === 0 ? '; no mark was seen' : `; marks: ${marks.join(', ')}`;
    const what = kind === 'start' ? 'start' : 'download of an update of this size';
    return `  ${wording.time(formatInstant(atUs))}, ${what}: ${builds}${kind === 'start' && wording.isVerbose === true ? shown : ''}`;
  });
  const more = listed.length - lines.length;
  const open = (signDays ?? []).filter(({ state }) => state !== 'placed').map(({ date }) => date);
  return [
    '',
    'Which build ran:',
    ...(listed.length === 0
      ? ['  unknown: no calls were seen that mark the start of a recorded build']
      : lines),
    ...(more > 0 ? [`  and ${wording.count(more)} more`] : []),
    ...(open.length === 0 ? [] : [`  Not all use of ${open.join(', ')} has a known build.`]),
  ];
}

/** Maximum number of listed days; the latest are listed. */
const MAX_UPDATES = 20;

/** Lists traffic from names from which only this tool fetches its releases. */
function updatesSeen({ updates }: ToolUse, wording: Wording): string[] {
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
function weakerDays({ use, quarters }: HostTool): string[] {
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
function spanOfFlows(use: ToolUse, wording: Wording): string {
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
  const lines = use.names.map(
    (name) =>
      `${name.name}: ${name.role}, ${formatFlows(name.flows, wording)}, ${bytesText(findBytes(use, 'payloadUp', name), wording)} of payload up, with handshakes`,
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
  }
  if (use.calibration !== undefined && use.confidence !== 'possible')
    lines.push(`accuracy of these estimates: ${use.calibration}`);
  for (const { figures, reason, isPart } of withheldByReason(use))
    lines.push(`${isPart ? 'not complete' : 'not known'}: ${joinWords(figures)}; ${reason}`);
  return lines.length === 0 ? ['only DNS queries'] : lines;
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
