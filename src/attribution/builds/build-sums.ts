// What an activity period says of the builds of a tool: its starts, what was fetched, and use that no start goes with.

import { matchesName } from '../../catalogue/name-index.ts';
import type { BuildFacts, ToolEntry } from '../../catalogue/schema.ts';
import type { BuildSign } from '../../model/tool.ts';
import type { Role } from '../../model/words.ts';
import { uniteSpans, type VersionSpan } from '../../text/version.ts';
import { QUARTER_SECONDS, type TimestampUs, US } from '../../time/units.ts';
import type { Channel } from '../traffic/channel.ts';
import { placeStart } from './place-start.ts';
import { startsOf, tellsBuilds } from './starts.ts';

/** Roles whose names are use wherever they are seen; those that tell builds are use as well. */
const USED: ReadonlySet<Role> = new Set(['inference', 'relay']);
/** Headers, and earlier requests of the same flow, in addition to the program. */
const FETCH_SLACK_BYTES = 8192;

/**
 * `held`: channels of the tool with their roles; `all`: those of the period, some of which another tool may hold.
 * `isNamed`: the tool is more than possible.
 */
export function buildSignsOf(
  { builds: facts, ownKey }: ToolEntry,
  held: readonly { readonly channel: Channel; readonly role: Role }[],
  all: readonly Channel[],
  isNamed: boolean,
): readonly BuildSign[] {
  if (facts === undefined) return NONE;
  const mine = new Set(held.map(({ channel }) => channel));
  const telling = all.filter((channel) => tellsBuilds(facts, channel));
  const tells = new Set(telling);
  const used = held.filter(({ role, channel }) => USED.has(role) && !tells.has(channel));
  // Names that other tools share say nothing of one that is only possible, where it holds none of them.
  const isMine = isNamed || telling.some((channel) => mine.has(channel));
  const signs = [
    ...(isMine ? startSigns(facts, telling) : NONE),
    ...(isMine ? telling : []).flatMap((channel) => useSigns(channel, hintOf(facts, channel))),
    ...used.flatMap(({ channel }) => useSigns(channel, ownKey === true ? anywhere(facts, channel) : NONE)),
    ...held.flatMap(({ channel }) => fetchSigns(facts, channel)),
  ];
  return withoutRepeats(signs);
}

/** Use of one quarter hour and of one form once, however many names it went to; in order of time. */
function withoutRepeats(signs: readonly BuildSign[]): BuildSign[] {
  const known = new Set<string>();
  const sorted = [...signs].sort((a, b) => a.atUs - b.atUs);
  return sorted.filter(({ atUs, kind, spans }) => {
    if (kind !== 'used') return true;
    const key = `${Math.floor(atUs / US / QUARTER_SECONDS)} ${JSON.stringify(spans)}`;
    return !known.has(key) && known.add(key) !== undefined;
  });
}

const NONE: readonly never[] = [];
const BARE = { marks: NONE, why: null, platforms: NONE } as const;

/** Builds on different runtimes are different programs: two that start together are two starts. */
function startSigns(facts: BuildFacts, telling: readonly Channel[]): BuildSign[] {
  const programs = new Map<readonly string[] | undefined, Channel[]>();
  for (const channel of telling) {
    const runtimes = facts.lines
      .map((line) => line.runtimes)
      .find((ids) => channel.runtime !== null && ids.includes(channel.runtime.id));
    const program = programs.get(runtimes);
    if (program === undefined) programs.set(runtimes, [channel]);
    else program.push(channel);
  }
  const starts = [...programs.values()].flatMap((channels) => startsOf(channels));
  return starts.map((start) => {
    const date = new Date(start.atUs / 1000).toISOString().slice(0, 10);
    return { atUs: start.atUs, kind: 'start', ...placeStart(start, facts, date) };
  });
}

/** Of a tool whose models are anybody's: builds that send the hello to whatever name; none where it is no form of theirs. */
function anywhere(facts: BuildFacts, channel: Channel): readonly VersionSpan[] {
  const names = facts.lines.flatMap(({ marks }) => marks.flatMap((mark) => mark.names));
  return uniteSpans(names.flatMap((name) => hintOf(facts, { ...channel, name }) ?? []));
}

/** Builds that send the hellos of a channel; null where its form says nothing. */
function hintOf(facts: BuildFacts, { name, fingerprint }: Channel): readonly VersionSpan[] | null {
  const spans = facts.lines
    .flatMap(({ marks }) => marks)
    .flatMap((mark) => {
      if (mark.kind !== 'form' || fingerprint === null) return [];
      const fits =
        mark.names.some((pattern) => matchesName(pattern, name)) &&
        mark.alpn.join(',') === fingerprint.alpn.join(',') &&
        mark.forms.some(
          ({ ja4, ja3 }) => ja4 === fingerprint.ja4 && (ja3 ?? fingerprint.ja3) === fingerprint.ja3,
        );
      return fits ? mark.in : [];
    });
  return spans.length === 0 ? null : spans;
}

function useSigns(channel: Channel, spans: BuildSign['spans']): BuildSign[] {
  const first = new Map<number, TimestampUs>();
  const { helloTimesUs, exchanges, firstUs } = channel;
  for (const atUs of [firstUs, ...helloTimesUs, ...exchanges.map(({ startUs }) => startUs)]) {
    const quarter = Math.floor(atUs / US / QUARTER_SECONDS);
    first.set(quarter, Math.min(first.get(quarter) ?? atUs, atUs));
  }
  return [...first.values()].map((atUs) => ({ atUs, kind: 'used', spans, ...BARE }));
}

function fetchSigns({ download }: BuildFacts, { name, exchanges }: Channel): BuildSign[] {
  if (download === undefined || !download.names.some((pattern) => matchesName(pattern, name))) return [];
  return exchanges.flatMap(({ endUs, exchange }) => {
    const versions = Object.entries(download.bytes).flatMap(([version, bytes]) => {
      const more = exchange.bytesDown - bytes;
      return more >= 0 && more <= FETCH_SLACK_BYTES ? [version] : [];
    });
    if (versions.length === 0) return [];
    const spans = versions.map((version): VersionSpan => [version, version]);
    return [{ atUs: endUs, kind: 'fetched' as const, spans, ...BARE }];
  });
}
