// Rules about names: those that flows went to, those seen beside each other, those asked for, those that exclude.

import type { JudgedTool } from './catalogue.ts';
import type { Channel, Stay } from './channels.ts';
import { fitOf, gradeFor } from './fit.ts';
import { describe, isAmong, kindOf, type Piece, piece } from './piece.ts';
import { type Grade, isDerived, type NameRule, type Rule } from './rules.ts';

type NamedRule = NameRule | Extract<Rule, { kind: 'dns' }>;

function takesIn(rule: NamedRule, judged: JudgedTool, name: string): boolean {
  if (!isDerived(rule)) return isAmong(rule.names, name);
  const closest = judged.names.find(name)[0]?.pattern;
  return closest !== undefined && rule.names.includes(closest);
}

/** One piece for each grade that the flows of the rule's names reach. */
export function nameEvidence(rule: NameRule, judged: JudgedTool, stay: Stay): Piece[] {
  const groups = new Map<
    string,
    { grade: Grade; kind: Piece['kind']; isWeakened: boolean; channels: Channel[] }
  >();
  const others = rule.weakenedBy;
  const explained = new Set(
    others === undefined
      ? []
      : stay.channels
          .filter(({ name }) => isAmong(others, name))
          .map(({ runtime }) => runtime?.formClass ?? ''),
  );
  for (const channel of stay.channels) {
    if (!takesIn(rule, judged, channel.name)) continue;
    if (rule.alpn !== undefined && channel.form?.alpn.join(',') !== rule.alpn.join(',')) continue;
    const fit = fitOf(judged, channel, rule.runtimes);
    const gives = rule.isVisited === true && mayBeVisit(channel) ? 'possible' : rule.gives;
    const grade = gradeFor(gives, fit, channel);
    if (grade === null) continue;
    const isWeakened = explained.has(channel.runtime?.formClass ?? '') && grade !== 'possible';
    const given = isWeakened ? 'possible' : grade;
    const key = `${given} ${isWeakened} ${kindOf(channel)}`;
    const group = groups.get(key);
    if (group !== undefined) group.channels.push(channel);
    else groups.set(key, { grade: given, kind: kindOf(channel), isWeakened, channels: [channel] });
  }
  return [...groups.values()].map(({ grade, kind, isWeakened, channels }) => ({
    ...piece(rule, kind, grade, describe(channels), channels),
    isWeakened,
  }));
}

/** A browser, or no known program: a hello that was not seen, a name in clear text, may be a browser's. */
function mayBeVisit({ runtime, userAgent }: Channel): boolean {
  if (userAgent !== null) return false;
  return runtime === null || runtime.isBrowser || runtime.id === 'unknown';
}

export function companionEvidence(
  rule: Extract<Rule, { kind: 'companion' }>,
  judged: JudgedTool,
  stay: Stay,
): Piece[] {
  const sets = rule.names.map((names) =>
    stay.channels.filter((c) => isAmong(names, c.name) && fitOf(judged, c, rule.runtimes) === 'yes'),
  );
  const [first, ...rest] = sets;
  const spanUs = rule.withinSeconds * 1_000_000;
  const together = (first ?? []).filter((channel) =>
    rest.every((others) => others.some((other) => areNear(channel, other, spanUs))),
  );
  if (together.length === 0) return [];
  const beside = rest.flat().filter((other) => together.some((channel) => areNear(channel, other, spanUs)));
  const all = [...together, ...beside];
  return [
    piece(rule, 'companion', rule.gives, `within ${rule.withinSeconds / 60} minutes: ${describe(all)}`, all),
  ];
}

function areNear(a: Channel, b: Channel, spanUs: number): boolean {
  return a.slices.some(({ row }) =>
    b.slices.some(
      ({ row: other }) => row.firstUs - other.lastUs <= spanUs && other.firstUs - row.lastUs <= spanUs,
    ),
  );
}

/** A name asked for and not visited; visits are judged by the other rules. */
export function dnsEvidence(rule: Extract<Rule, { kind: 'dns' }>, judged: JudgedTool, stay: Stay): Piece[] {
  const asked = stay.asked.filter(({ name }) => takesIn(rule, judged, name));
  if (asked.length === 0 || stay.channels.some(({ name }) => takesIn(rule, judged, name))) return [];
  // A browser on the tool's pages asks for names of theirs that it then does not visit.
  const isBrowsed = stay.channels.some(
    ({ name, runtime }) => runtime?.isBrowser === true && judged.names.find(name).length > 0,
  );
  const names = [...new Set(asked.map(({ name }) => name))].slice(0, 4).join(', ');
  return [{ ...piece(rule, 'dns', isBrowsed ? 'possible' : rule.gives, `asked for ${names}`, []), asked }];
}

export function excludeEvidence(rule: Extract<Rule, { kind: 'exclude' }>, stay: Stay): Piece[] {
  const channels = stay.channels.filter(
    ({ name, runtime }) =>
      isAmong(rule.names, name) && runtime !== null && rule.runtimes.includes(runtime.id),
  );
  if (channels.length === 0) return [];
  return [piece(rule, 'fingerprint', null, `${describe(channels)}: not this tool`, channels)];
}
