// Rules about names: those that flows went to, those seen beside each other, those asked for, those that exclude.

import type { JudgedTool } from '../../catalogue/catalogue.ts';
import { type Grade, isDerived, type NameRule, type Rule } from '../../catalogue/rules.ts';
import type { ActivityPeriod, Channel } from '../traffic/channels.ts';
import { fitOf, gradeFor } from './fit.ts';
import { doubtOf, isUse, type Manners } from './manner.ts';
import type { Manner } from './piece.ts';
import { describe, isAmong, kindOf, type Piece, piece } from './piece.ts';

type NamedRule = NameRule | Extract<Rule, { kind: 'dns' }>;

function takesIn(rule: NamedRule, judged: JudgedTool, name: string): boolean {
  if (!isDerived(rule)) return isAmong(rule.names, name);
  const closest = judged.names.find(name)[0]?.pattern;
  return closest !== undefined && rule.names.includes(closest);
}

interface Group {
  readonly grade: Grade;
  readonly kind: Piece['kind'];
  readonly isWeakened: boolean;
  readonly manner: Manner | undefined;
  readonly channels: Channel[];
}

/** One piece for each grade that the flows of the rule's names reach, and one for what lowered them. */
export function nameEvidence(
  rule: NameRule,
  judged: JudgedTool,
  period: ActivityPeriod,
  manners: Manners,
): Piece[] {
  const groups = new Map<string, Group>();
  const explained = explainedForms(rule, period);
  for (const channel of period.channels) {
    if (!takesIn(rule, judged, channel.name)) continue;
    if (rule.alpn !== undefined && channel.form?.alpn.join(',') !== rule.alpn.join(',')) continue;
    const fit = fitOf(judged, channel, rule.runtimes);
    const gives = rule.isVisited === true && mayBeVisit(channel) ? 'possible' : rule.gives;
    const seen = manners.get(channel);
    const grade = gradeFor(gives, judged, channel, fit, seen);
    if (grade === null) continue;
    // Another tool asks for the name as well, and what would tell them apart was not seen.
    const isUnclear = rule.weakenedBy !== undefined && (seen === 'unseen' || isCutShort(channel));
    const isClaimed = isUnclear || explained.has(channel.runtime?.formClass ?? '');
    const isWeakened = isClaimed && grade !== 'possible';
    const given = isWeakened ? 'possible' : grade;
    // Only what the manner decides is said of it.
    const decides = gradeFor(gives, judged, channel, fit, 'use') !== 'possible';
    const manner = decides ? seen : undefined;
    const key = `${given} ${isWeakened} ${kindOf(channel)} ${manner}`;
    const group = groups.get(key);
    if (group !== undefined) group.channels.push(channel);
    else groups.set(key, { grade: given, kind: kindOf(channel), isWeakened, manner, channels: [channel] });
  }
  return [...groups.values()].flatMap((group) => piecesOf(rule, group));
}

/** Hellos of other flows may be too long for the capture: their names are missing then. */
function isCutShort({ slices }: Channel): boolean {
  return slices.some(({ row }) => row.cutShortFlows > 0);
}

function explainedForms({ weakenedBy }: NameRule, { channels }: ActivityPeriod): ReadonlySet<string> {
  if (weakenedBy === undefined) return new Set();
  const others = channels.filter(({ name }) => isAmong(weakenedBy, name));
  return new Set(others.map(({ runtime }) => runtime?.formClass ?? ''));
}

function piecesOf(rule: NameRule, { grade, kind, isWeakened, manner, channels }: Group): Piece[] {
  const found = { ...piece(rule, kind, grade, describe(channels), channels), isWeakened };
  if (manner === undefined) return [found];
  const doubt = doubtOf(manner, channels);
  if (doubt === null) return [{ ...found, manner }];
  const against = piece({ id: 'manner', kind: 'context' }, 'name', null, doubt, channels);
  // What many tools' names in one manner say is said once.
  return manner === 'call' ? [found, { ...against, manner }] : [{ ...found, manner }, against];
}

/** A browser, or no known program: a hello that was not seen, a name in clear text, may be a browser's. */
function mayBeVisit({ runtime, userAgent }: Channel): boolean {
  if (userAgent !== null) return false;
  return runtime === null || runtime.isBrowser || runtime.id === 'unknown';
}

export function companionEvidence(
  rule: Extract<Rule, { kind: 'companion' }>,
  judged: JudgedTool,
  period: ActivityPeriod,
): Piece[] {
  const sets = rule.names.map((names) =>
    period.channels.filter((c) => isAmong(names, c.name) && fitOf(judged, c, rule.runtimes) === 'yes'),
  );
  const [first, ...rest] = sets;
  const spanUs = rule.withinSeconds * 1_000_000;
  const together = (first ?? []).filter((channel) =>
    rest.every((others) => others.some((other) => areNear(channel, other, spanUs))),
  );
  if (together.length === 0) return [];
  const beside = rest.flat().filter((other) => together.some((channel) => areNear(channel, other, spanUs)));
  const all = [...together, ...beside];
  // A monitor asks for both as well; what works with them sends something to each.
  const works = sets.every((channels) => isUse(channels.filter((c) => all.includes(c))));
  const grade = works ? rule.gives : 'possible';
  return [
    piece(rule, 'companion', grade, `within ${rule.withinSeconds / 60} minutes: ${describe(all)}`, all),
  ];
}

function areNear(a: Channel, b: Channel, spanUs: number): boolean {
  return a.slices.some(({ row }) =>
    b.slices.some(
      ({ row: other }) => row.firstUs - other.lastUs <= spanUs && other.firstUs - row.lastUs <= spanUs,
    ),
  );
}

/** One look-up asks for both kinds of addresses. */
const ONE_LOOK_UP = 2;

/** A name asked for and not visited; visits are judged by the other rules. */
export function dnsEvidence(
  rule: Extract<Rule, { kind: 'dns' }>,
  judged: JudgedTool,
  period: ActivityPeriod,
): Piece[] {
  const asked = period.asked.filter(({ name }) => takesIn(rule, judged, name));
  if (asked.length === 0 || period.channels.some(({ name }) => takesIn(rule, judged, name))) return [];
  // A browser on the tool's pages asks for names of theirs that it then does not visit.
  const isBrowsed = period.channels.some(
    ({ name, runtime }) => runtime?.isBrowser === true && judged.names.find(name).length > 0,
  );
  const names = [...new Set(asked.map(({ name }) => name))].slice(0, 4).join(', ');
  const grade = isBrowsed || !isOneLookUp(period) ? 'possible' : rule.gives;
  return [{ ...piece(rule, 'dns', grade, `asked for ${names}`, []), asked }];
}

/** Who asks again and again, or for more names that it does not visit, may ask for others: a resolver, a block list, a scanner. */
function isOneLookUp({ asked, channels }: ActivityPeriod): boolean {
  const visited = new Set(channels.map(({ name }) => name));
  const left = asked.filter(({ name }) => !visited.has(name));
  const names = new Set(left.map(({ name }) => name));
  return names.size === 1 && left.reduce((sum, { count }) => sum + count, 0) <= ONE_LOOK_UP;
}

export function excludeEvidence(rule: Extract<Rule, { kind: 'exclude' }>, period: ActivityPeriod): Piece[] {
  const channels = period.channels.filter(
    ({ name, runtime }) =>
      isAmong(rule.names, name) && runtime !== null && rule.runtimes.includes(runtime.id),
  );
  if (channels.length === 0) return [];
  return [piece(rule, 'fingerprint', null, `${describe(channels)}: not this tool`, channels)];
}
