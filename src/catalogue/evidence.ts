// Rules against what was seen: every piece of evidence for one tool in one stay, with its grade after the runtime.

import type { NameAsked } from '../model/usage.ts';
import type { JudgedTool } from './catalogue.ts';
import type { Channel, Stay, TimedExchange } from './channels.ts';
import { matchesName } from './name-index.ts';
import type { Grade, NameRule, Rule } from './rules.ts';

/** One rule that fired. */
export interface Piece {
  readonly rule: string;
  readonly ruleKind: Rule['kind'] | 'userAgent' | 'context';
  readonly kind: 'name' | 'dns' | 'proxy' | 'network' | 'fingerprint' | 'pair' | 'companion';
  /** null: it only says something about the other pieces, or speaks against the tool. */
  readonly grade: Grade | null;
  readonly speaksFor: boolean;
  readonly detail: string;
  readonly channels: readonly Channel[];
  readonly asked: readonly NameAsked[];
  /** The rule would have given more, were the flows not explained by another tool. */
  readonly isWeakened: boolean;
}

export const GRADES: readonly Grade[] = ['possible', 'likely', 'certain'];

export function strongestGrade(pieces: readonly Piece[]): Grade | null {
  let best = -1;
  for (const { grade } of pieces) if (grade !== null) best = Math.max(best, GRADES.indexOf(grade));
  return GRADES[best] ?? null;
}

/** How well a hello fits what a tool is built on. */
export type Fit = 'yes' | 'unknown' | 'otherProgram' | 'browser';

const DESKTOP_KINDS = new Set(['ide', 'ide-extension']);

export function fitOf(judged: JudgedTool, channel: Channel, wanted?: readonly string[]): Fit {
  const { runtime, userAgent } = channel;
  if (userAgent !== null && judged.tool.userAgents?.some(({ token }) => userAgent.startsWith(token)))
    return 'yes';
  if (runtime === null || runtime.id === 'unknown') return 'unknown';
  const known = wanted ?? judged.tool.runtimes;
  if (known !== undefined) {
    if (known.includes(runtime.id)) return 'yes';
    return runtime.isBrowser ? 'browser' : 'otherProgram';
  }
  if (runtime.isBrowser) return DESKTOP_KINDS.has(judged.tool.kind) ? 'yes' : 'browser';
  return runtime.isHandTool ? 'otherProgram' : 'yes';
}

const LOWERED: Readonly<Record<Grade, Grade>> = {
  certain: 'likely',
  likely: 'possible',
  possible: 'possible',
};

/** The grade that is left when the runtime does not fit, or the name is only guessed from an address. */
function gradeFor(gives: Grade, fit: Fit, channel: Channel): Grade | null {
  let grade: Grade | null = gives;
  if (fit === 'browser') return null;
  if (fit === 'otherProgram') grade = gives === 'certain' ? 'possible' : null;
  else if (fit === 'unknown') grade = LOWERED[gives];
  if (grade !== null && channel.nameFrom === 'network') return 'possible';
  if (grade === 'certain' && channel.nameFrom === 'dns') return 'likely';
  return grade;
}

export function gatherEvidence(judged: JudgedTool, stay: Stay, isDirect: (name: string) => boolean): Piece[] {
  const pieces: Piece[] = [];
  const named = stay.channels.filter((channel) => channel.nameFrom !== 'network');
  for (const rule of judged.rules)
    pieces.push(...applyRule(rule, judged, { ...stay, channels: named }, isDirect));
  const own = judged.tool.userAgents ?? [];
  const clear = stay.channels.filter(({ userAgent }) =>
    own.some(({ token }) => userAgent?.startsWith(token)),
  );
  if (clear.length > 0) {
    const said = clear[0]?.userAgent ?? '';
    const rule = { id: 'user-agent', kind: 'userAgent' } as const;
    pieces.push(piece(rule, 'name', 'likely', `names itself in clear text: ${said}`, clear));
  }
  return pieces;
}

function applyRule(rule: Rule, judged: JudgedTool, stay: Stay, isDirect: (name: string) => boolean): Piece[] {
  switch (rule.kind) {
    case 'name':
      return nameEvidence(rule, judged, stay);
    case 'pair':
      return pairEvidence(rule, stay);
    case 'sideCalls':
      return sideCallEvidence(rule, judged, stay);
    case 'companion':
      return companionEvidence(rule, judged, stay);
    case 'dns':
      return dnsEvidence(rule, judged, stay);
    case 'upload':
      return uploadEvidence(rule, judged, stay);
    case 'relay':
      return relayEvidence(rule, judged, stay, isDirect);
    case 'exclude':
      return excludeEvidence(rule, stay);
  }
}

function piece(
  rule: { readonly id: string; readonly kind: Piece['ruleKind'] },
  kind: Piece['kind'],
  grade: Grade | null,
  detail: string,
  channels: readonly Channel[],
): Piece {
  const speaksFor = grade !== null;
  return {
    rule: rule.id,
    ruleKind: rule.kind,
    kind,
    grade,
    speaksFor,
    detail,
    channels,
    asked: [],
    isWeakened: false,
  };
}

const isAmong = (names: readonly string[], name: string): boolean =>
  names.some((pattern) => matchesName(pattern, name));

function kindOf(channel: Channel): Piece['kind'] {
  if (channel.nameFrom === 'proxy' || channel.isProxied) return 'proxy';
  return channel.nameFrom === 'dns' ? 'dns' : 'name';
}

export function describe(channels: readonly Channel[]): string {
  const names = [...new Set(channels.map(({ name }) => name))];
  const labels = [...new Set(channels.map(({ runtime }) => runtime?.label ?? 'a program of unknown kind'))];
  return `${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''} from ${labels.slice(0, 2).join(', ')}`;
}

/** One piece for each grade that the flows of the rule's names reach. */
function nameEvidence(rule: NameRule, judged: JudgedTool, stay: Stay): Piece[] {
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
    if (!isAmong(rule.names, channel.name)) continue;
    if (rule.alpn !== undefined && channel.form?.alpn.join(',') !== rule.alpn.join(',')) continue;
    const grade = gradeFor(rule.gives, fitOf(judged, channel, rule.runtimes), channel);
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

function pairEvidence(rule: Extract<Rule, { kind: 'pair' }>, stay: Stay): Piece[] {
  const spanUs = rule.withinSeconds * 1_000_000;
  const [listA, listB] = rule.alpn.map((alpn) => alpn.join(','));
  const mine = stay.channels.filter(
    (channel) => isAmong(rule.names, channel.name) && channel.runtime?.id === rule.runtime,
  );
  const paired = new Set<Channel>();
  let nearest = Number.POSITIVE_INFINITY;
  for (const a of mine) {
    if (a.form?.alpn.join(',') !== listA) continue;
    for (const b of mine) {
      if (b.form?.alpn.join(',') !== listB || b.name !== a.name || !mayBeOneProgram(a, b)) continue;
      const apart = closest(a.helloTimesUs, b.helloTimesUs);
      if (apart > spanUs) continue;
      nearest = Math.min(nearest, apart);
      paired.add(a).add(b);
    }
  }
  if (paired.size === 0) return [];
  const channels = [...paired];
  const detail = `two forms of hello ${(nearest / 1_000_000).toFixed(1)} s apart: ${describe(channels)}`;
  return [piece(rule, 'pair', rule.gives, detail, channels)];
}

/** False when the two forms are of different versions of the runtime. */
function mayBeOneProgram(a: Channel, b: Channel): boolean {
  const versions = a.runtime?.versions ?? [];
  const others = b.runtime?.versions ?? [];
  return versions.length === 0 || others.length === 0 || versions.some((version) => others.includes(version));
}

/** Smallest distance between two sorted lists of times. */
function closest(a: readonly number[], b: readonly number[]): number {
  let best = Number.POSITIVE_INFINITY;
  let j = 0;
  for (const time of a) {
    while (j + 1 < b.length && (b[j + 1] ?? 0) <= time) j++;
    for (const other of [b[j], b[j + 1]])
      if (other !== undefined) best = Math.min(best, Math.abs(time - other));
  }
  return best;
}

/** An answer of one or two records with little in it: a setting, a flag, an acknowledgement. */
const SHORT_ANSWER_RECORDS = 2;

function sideCallEvidence(
  rule: Extract<Rule, { kind: 'sideCalls' }>,
  judged: JudgedTool,
  stay: Stay,
): Piece[] {
  const calls: { at: TimedExchange; channel: Channel }[] = [];
  const uploads: TimedExchange[] = [];
  const sizes = new Set<number>();
  for (const channel of stay.channels) {
    if (!isAmong(rule.names, channel.name) || fitOf(judged, channel, rule.runtimes) !== 'yes') continue;
    for (const at of channel.exchanges) {
      const { bytesUp, recordsDown } = at.exchange;
      if (recordsDown === 0 || recordsDown > SHORT_ANSWER_RECORDS) continue;
      if (bytesUp <= rule.maxUp) {
        calls.push({ at, channel });
        sizes.add(bytesUp);
      } else if (bytesUp >= rule.uploadOrSizes.upload) uploads.push(at);
    }
  }
  if (uploads.length === 0 && sizes.size < rule.uploadOrSizes.sizes) return [];
  calls.sort((a, b) => a.at.startUs - b.at.startUs);
  for (let i = 0; i < calls.length; i++) {
    const start = calls[i]?.at.startUs ?? 0;
    const near = calls.slice(i).filter(({ at }) => at.startUs - start <= rule.withinSeconds * 1_000_000);
    const different = new Set(near.map(({ at }) => at.exchange.bytesUp));
    if (near.length < rule.calls || different.size < rule.sizes) continue;
    const channels = [...new Set(near.map(({ channel }) => channel))];
    const detail = `${near.length} small calls of ${different.size} sizes within ${rule.withinSeconds} s to ${channels[0]?.name}`;
    return [piece(rule, 'companion', rule.gives, detail, channels)];
  }
  return [];
}

function companionEvidence(
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
function dnsEvidence(rule: Extract<Rule, { kind: 'dns' }>, judged: JudgedTool, stay: Stay): Piece[] {
  const asked = stay.asked.filter(({ name }) => isAmong(rule.names, name));
  if (asked.length === 0) return [];
  const visits = stay.channels.filter(({ name }) => isAmong(rule.names, name));
  if (visits.some((channel) => fitOf(judged, channel) === 'browser')) return [];
  const names = [...new Set(asked.map(({ name }) => name))];
  return [{ ...piece(rule, 'dns', rule.gives, `asked for ${names.slice(0, 4).join(', ')}`, visits), asked }];
}

function uploadEvidence(rule: Extract<Rule, { kind: 'upload' }>, judged: JudgedTool, stay: Stay): Piece[] {
  const channels = stay.channels.filter(
    (channel) =>
      isAmong(rule.names, channel.name) &&
      fitOf(judged, channel, rule.runtimes) === 'yes' &&
      channel.exchanges.some(({ exchange }) => exchange.bytesUp >= rule.minUp),
  );
  if (channels.length === 0) return [];
  return [piece(rule, 'fingerprint', rule.gives, `large requests to ${describe(channels)}`, channels)];
}

function relayEvidence(
  rule: Extract<Rule, { kind: 'relay' }>,
  judged: JudgedTool,
  stay: Stay,
  isDirect: (name: string) => boolean,
): Piece[] {
  const channels = stay.channels.filter(
    (channel) =>
      !isDirect(channel.name) &&
      fitOf(judged, channel, rule.runtimes) === 'yes' &&
      channel.exchanges.some(({ exchange }) => looksRelayed(exchange, rule)),
  );
  if (channels.length === 0) return [];
  return [
    piece(
      rule,
      'fingerprint',
      rule.gives,
      `streamed answers to large requests: ${describe(channels)}`,
      channels,
    ),
  ];
}

function looksRelayed(
  { bytesUp, recordsDown, bytesDown }: TimedExchange['exchange'],
  rule: Extract<Rule, { kind: 'relay' }>,
): boolean {
  const isAnswered = recordsDown >= rule.minAnswerRecords || bytesDown >= rule.minAnswerBytes;
  return bytesUp >= rule.minUp && isAnswered;
}

function excludeEvidence(rule: Extract<Rule, { kind: 'exclude' }>, stay: Stay): Piece[] {
  const channels = stay.channels.filter(
    ({ name, runtime }) =>
      isAmong(rule.names, name) && runtime !== null && rule.runtimes.includes(runtime.id),
  );
  if (channels.length === 0) return [];
  return [piece(rule, 'fingerprint', null, `${describe(channels)}: not this tool`, channels)];
}
