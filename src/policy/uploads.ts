// Finds uploads above the limit of a rule: bytes of whole frames from the host, by hours or days of the policy's time
// zone.

import { computeOnce } from '../model/computed-once.ts';
import { UPLOAD_RULE } from '../model/findings.ts';
import type { Policy, Rule, UploadLimit } from '../model/policy.ts';
import type { EvidenceItem, FindingUpload } from '../model/report.ts';
import { asDetail, phrase } from '../model/sentences.ts';
import { evidenceDuring, sensorsDuring, type UsageQuarter } from '../model/tool.ts';
import { formatInstant } from '../time/instant.ts';
import { HOUR_SECONDS, US } from '../time/units.ts';
import { openZone, type Zone } from '../time/zone.ts';
import type { Seen } from './finding.ts';
import { splitPhases } from './phases.ts';

/** Maximum intervals in a finding; the largest are listed. */
const MAX_LISTED_INTERVALS = 5;

interface Interval {
  readonly quarters: UsageQuarter[];
  bytes: number;
}

const zoneOf = computeOnce(({ timezone }: Policy) => openZone(timezone));

/** Returns the quarter hours of intervals above the limit, as use that the rule denies. */
export function buildUploads(policy: Policy, rule: Rule, limit: UploadLimit, seen: Seen): Seen {
  const { subject, use, whole, tool } = seen;
  const zone = zoneOf(policy);
  const parts = Object.values(seen.phases.quarters).flatMap((quarters) => split(quarters, limit, zone));
  const quarters = parts.flatMap((part) => part.quarters.map(cutToUpload));
  return {
    ...seen,
    phases: splitPhases(policy, rule, subject, { use, quarters }),
    tool: {
      use: tool.use,
      evidenceIn: (starts) => [...listItems(selectParts(parts, starts)), ...evidenceDuring(tool, starts)],
      sensorsIn: (starts) => sensorsDuring(whole, starts),
    },
    uploadsIn: (starts) => selectParts(parts, starts).slice(0, MAX_LISTED_INTERVALS).map(buildUpload),
  };
}

/** Sums one phase. Exempt use, and use before the rule, does not count towards other limits. */
function split(quarters: readonly UsageQuarter[], { above: most, per }: UploadLimit, zone: Zone): Interval[] {
  const intervals = new Map<string | number, Interval>();
  for (const quarter of quarters) {
    const { startSeconds } = quarter;
    const key = per === 'day' ? zone.dayOf(startSeconds) : hourStart(startSeconds, zone);
    const interval = intervals.get(key) ?? { quarters: [], bytes: 0 };
    intervals.set(key, interval);
    interval.quarters.push(quarter);
    interval.bytes += quarter.bytesUp;
  }
  return [...intervals.values()].filter(({ bytes }) => bytes > most).sort((a, b) => b.bytes - a.bytes);
}

/** Returns the start of an hour. When clocks are set back, two hours have the same name and begin at two times. */
const hourStart = (startSeconds: number, zone: Zone): number =>
  startSeconds - ((startSeconds + zone.offsetAt(startSeconds)) % HOUR_SECONDS);

const selectParts = (parts: readonly Interval[], starts: ReadonlySet<number>): Interval[] =>
  parts
    .filter(({ quarters }) => quarters.some(({ startSeconds }) => starts.has(startSeconds)))
    .sort((a, b) => b.bytes - a.bytes);

/** Counts a quarter hour with or without requests, because the rule limits bytes. */
function cutToUpload(quarter: UsageQuarter): UsageQuarter {
  const { firstUs, lastUs, flows, bytesUp, bytesDown, payloadUp, payloadDown } = quarter;
  const traffic = { firstUs, lastUs, bytesUp, bytesDown, payloadUp, payloadDown, requests: null };
  return { ...quarter, requests: null, byRole: { inference: { ...traffic, flows: Math.max(1, flows) } } };
}

const buildUpload = ({ quarters, bytes }: Interval): FindingUpload => ({
  since: formatInstant(Math.min(...quarters.map(({ startSeconds }) => startSeconds)) * US),
  bytes,
});

function listItems(parts: readonly Interval[]): EvidenceItem[] {
  if (parts.length === 0) return [];
  const quarters = parts.flatMap((part) => part.quarters);
  const top = parts.slice(0, MAX_LISTED_INTERVALS).map(buildUpload);
  const item = {
    kind: 'network' as const,
    rule: UPLOAD_RULE,
    communityIds: [],
    first: formatInstant(Math.min(...quarters.map(({ firstUs }) => firstUs))),
    last: formatInstant(Math.max(...quarters.map(({ lastUs }) => lastUs))),
    flows: quarters.reduce((sum, { flows }) => sum + flows, 0),
  };
  const list = top.map(({ since, bytes }) => `${since.slice(0, 16)}Z ${bytes} bytes`).join(', ');
  return [
    { ...item, for: true, ...asDetail(phrase('uploads', { list })) },
    { ...item, for: false, flows: 0, ...asDetail(phrase('uploadCaveat')) },
  ];
}
