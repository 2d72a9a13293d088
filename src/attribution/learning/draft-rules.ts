// Drafts evidence rules from recordings of one tool, of the kinds that hand-written entries use. Tests decide which drafts
// remain (select-rules.ts).

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { containsToolName, type DraftOptions } from '../../catalogue/draft-entry.ts';
import { isAmong, matchesName } from '../../catalogue/name-index.ts';
import { isProviderKind } from '../../catalogue/rules.ts';
import type { Endpoint, EvidenceRule, ToolEntry } from '../../catalogue/schema.ts';
import { findMinimum } from '../../model/extremes.ts';
import { groupBy } from '../../model/grouped-by.ts';
import { compareText } from '../../net/address.ts';
import { US } from '../../time/units.ts';
import { listProgramChannels, type ProgramChannel, type Recorded } from './recorded.ts';

export type StartUp = NonNullable<ToolEntry['startUp']>[number];

export interface DraftedRules {
  readonly rules: readonly EvidenceRule[];
  readonly startUp: readonly StartUp[];
}

/** Same time as in the rules of the built-in entries. */
const COMPANION_SECONDS = 600;
/** Minimum number of provider names that a start contacts within this time in every recording. */
const TOGETHER = { names: 4, withinSeconds: 60 } as const;
const PAIR_SECONDS = 15;
const PAIR_UPLOAD_BYTES = 5000;
const SIDE_CALLS = { calls: 3, sizes: 3, maxUp: 1000, withinSeconds: 10 } as const;
const UPLOAD_OR_SIZES = { upload: PAIR_UPLOAD_BYTES, sizes: 6 } as const;

/** A start-up call is one TLS record of this size, within 30 s of a hello. */
const START_US = 30_000_000;
const START_CALL = { minUpBytes: 130, maxUpBytes: 1000, maxDownRecords: 2 } as const;
/** Tolerance of sizes: a version in the product token may have a few digits more or less. */
const SIZE_SLACK_BYTES = 4;
/** Each size matches nine byte counts (±4), so that more sizes would match the calls of any program. */
const MAX_SIZES = 6;
/** Minimum number of recordings with a call, if there are as many. */
const MIN_RECORDINGS = 2;

interface NameSeen {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly channels: readonly (readonly ProgramChannel[])[];
  readonly runtimes: readonly [string, ...string[]];
}

/**
 * `entry` has the names of the recordings. `rivals` are other tools that the catalogue finds in the recordings: their names get
 * no rules.
 */
export function draftRules(
  own: readonly Recorded[],
  entry: ToolEntry,
  catalogue: Catalogue,
  about: DraftOptions,
  rivals: readonly ToolEntry[],
): DraftedRules {
  const names = listNamesSeen(own, entry).filter(
    ({ name }) => !isSharedTelemetry(name, catalogue) && !rivals.some((tool) => hasEndpoint(tool, name)),
  );
  const cite = { source: about.source, date: about.date };
  const startUp = names.flatMap((seen) => listStartUp(seen, own, cite));
  const rules = [
    ...names.flatMap((seen) => nameRule(seen, own, entry, catalogue, cite)),
    ...draftCompanions(names, entry, catalogue, cite),
    ...draftProvidersRule(own, catalogue, cite),
    ...names.flatMap((seen) => draftPairs(seen, cite)),
    ...names.flatMap((seen) => startUpRule(seen, startUp, entry, catalogue, cite)),
    ...draftSideCalls(names, entry, cite),
  ];
  return { rules, startUp };
}

/** Changes the role of own names that a start requests from `web` to `update`: such a request is as small as a page visit. */
export function withStartRoles(entry: ToolEntry, { startUp }: DraftedRules): ToolEntry {
  const begun = new Set(startUp.flatMap(({ names }) => names));
  const endpoints = entry.endpoints.map((endpoint) =>
    endpoint.role === 'web' && endpoint.specificity === 'tool' && begun.has(endpoint.host)
      ? { ...endpoint, role: 'update' as const }
      : endpoint,
  );
  return { ...entry, endpoints };
}

type Cite = Pick<DraftOptions, 'source' | 'date'>;

const toSlug = (name: string): string => name.replaceAll(/[^a-z0-9.-]+/g, '-');

/** True for a telemetry service of thousands of products. */
function isSharedTelemetry(name: string, { collectors }: Catalogue): boolean {
  return isAmong(collectors.names, name);
}

function listOthers(name: string, entry: ToolEntry, catalogue: Catalogue): ToolEntry[] {
  return catalogue.lookup(name).flatMap(({ value: { tool } }) => (tool.id === entry.id ? [] : [tool]));
}

function listNamesSeen(own: readonly Recorded[], entry: ToolEntry): NameSeen[] {
  const recordings = own.map(listProgramChannels);
  const visited = new Set(recordings.flatMap((channels) => channels.map(({ name }) => name)));
  return [...visited].sort(compareText).flatMap((name): NameSeen[] => {
    const matching = entry.endpoints.filter(({ host }) => matchesName(host, name));
    const endpoint = matching.find(({ host }) => host === name) ?? matching[0];
    const channels = recordings.map((all) => all.filter((channel) => channel.name === name));
    const runtimes = new Set(channels.flat().map(({ runtime }) => runtime.id));
    const [first, ...more] = [...runtimes].sort(compareText);
    if (endpoint === undefined || first === undefined) return [];
    return [{ name, endpoint, channels, runtimes: [first, ...more] }];
  });
}

/** Drafts a rule for a shared name if no other tool requests it with a runtime of this tool. */
function nameRule(
  seen: NameSeen,
  own: readonly Recorded[],
  entry: ToolEntry,
  catalogue: Catalogue,
  cite: Cite,
): EvidenceRule[] {
  const { name, endpoint, channels, runtimes } = seen;
  if (endpoint.specificity === 'tool') return [];
  const others = listOthers(name, entry, catalogue);
  if (others.some((tool) => mayAsk(tool, endpoint, runtimes))) return [];
  // A name of the vendor must be in several recordings; otherwise the name must contain the ID of the tool.
  const recordings = channels.filter((channel) => channel.length > 0).length;
  const isVendors = endpoint.specificity === 'vendor' && recordings >= Math.min(MIN_RECORDINGS, own.length);
  if (!containsToolName(name, entry.id) && !isVendors) return [];
  const id = `drafted-name-${toSlug(name)}`;
  return [{ id, kind: 'name', gives: 'likely', names: [name], runtimes: [...runtimes], ...cite }];
}

/**
 * True if another tool may use the name: any client with a key uses an API, but posts no telemetry to it. Programs of a tool
 * send the hellos of its runtimes.
 */
function mayAsk(tool: ToolEntry, { role }: Endpoint, runtimes: readonly string[]): boolean {
  if (isProviderKind(tool)) return role !== 'telemetry';
  return tool.runtimes === undefined || tool.runtimes.some((id) => runtimes.includes(id));
}

/** Drafts rules for names that the tool contacts in addition to those of its models. */
function draftCompanions(
  names: readonly NameSeen[],
  entry: ToolEntry,
  catalogue: Catalogue,
  cite: Cite,
): EvidenceRule[] {
  const models = names.filter(
    ({ endpoint: { role, specificity } }) => role === 'inference' && specificity !== 'shared',
  );
  return names.flatMap((companion): EvidenceRule[] => {
    const { name, endpoint } = companion;
    if (endpoint.role === 'inference' || endpoint.role === 'update') return [];
    if (endpoint.specificity === 'shared' && endpoint.role !== 'telemetry') return [];
    // Another tool that contacts both names is not distinguishable by them.
    const rivals = listOthers(name, entry, catalogue).filter((tool) => !isProviderKind(tool));
    const mine = models.filter((model) => !rivals.some((tool) => hasEndpoint(tool, model.name)));
    const [first, ...more] = mine.map((model) => model.name);
    if (first === undefined) return [];
    const runtimes = [...new Set([...mine, companion].flatMap((nameSeen) => nameSeen.runtimes))].sort(
      compareText,
    );
    return [
      {
        id: `drafted-companion-${toSlug(name)}`,
        kind: 'companion',
        gives: 'likely',
        names: [[first, ...more], [name]],
        runtimes,
        withinSeconds: COMPANION_SECONDS,
        ...cite,
      },
    ];
  });
}

/**
 * Drafts a rule for providers whose lists of models a start fetches together: each name has other clients, but all together
 * may have none. Its calls are as small as those of a monitor, so the tool is only possible.
 */
function draftProvidersRule(own: readonly Recorded[], catalogue: Catalogue, cite: Cite): EvidenceRule[] {
  const [first, ...more] = own.map((recording) =>
    findNamesAtStart(listProgramChannels(recording), catalogue),
  );
  return [...(first ?? [])].flatMap(([runtime, providerNames]): EvidenceRule[] => {
    const names = [...providerNames].filter((name) =>
      more.every((byRuntime) => byRuntime.get(runtime)?.has(name) === true),
    );
    if (names.length < TOGETHER.names) return [];
    return [
      {
        id: `drafted-together-${runtime}`,
        kind: 'companion',
        gives: 'possible',
        names: names.sort(compareText).map((name) => [name]),
        runtimes: [runtime],
        withinSeconds: TOGETHER.withinSeconds,
        ...cite,
      },
    ];
  });
}

/** Lists, by runtime, names of providers whose first hello is near the first of all of them. */
function findNamesAtStart(
  channels: readonly ProgramChannel[],
  catalogue: Catalogue,
): ReadonlyMap<string, ReadonlySet<string>> {
  const providerChannels = channels.filter(
    ({ name, helloTimesUs }) => helloTimesUs.length > 0 && catalogue.providerOf(name) !== null,
  );
  return new Map(
    [...groupBy(providerChannels, ({ runtime }) => runtime.id)].map(([runtime, mine]) => {
      const firstUs = findMinimum(mine.flatMap(({ helloTimesUs }) => helloTimesUs));
      const until = firstUs + TOGETHER.withinSeconds * US;
      const atOnce = mine.filter(({ helloTimesUs }) => findMinimum(helloTimesUs) <= until);
      return [runtime, new Set(atOnce.map(({ name }) => name))];
    }),
  );
}

const hasEndpoint = (tool: ToolEntry, name: string): boolean =>
  tool.endpoints.some(({ host }) => matchesName(host, name));

/** Drafts rules for two hello forms to one name in close succession, with a large request. */
function draftPairs({ name, channels, runtimes }: NameSeen, cite: Cite): EvidenceRule[] {
  const isWorking = channels
    .flat()
    .some(({ exchanges }) => exchanges.some(({ exchange }) => exchange.bytesUp >= PAIR_UPLOAD_BYTES));
  if (!isWorking) return [];
  return runtimes.flatMap((runtime) => {
    const pairs = new Map<string, readonly [string[], string[]]>();
    for (const recording of channels) {
      const mine = recording.filter((channel) => channel.runtime.id === runtime);
      for (const a of mine)
        for (const b of mine) {
          const [listA, listB] = [a, b].map(({ fingerprint }) => [...(fingerprint?.alpn ?? [])]);
          if (listA === undefined || listB === undefined || listA.join() >= listB.join()) continue;
          if (areNear(a, b)) pairs.set(`${listA.join()} ${listB.join()}`, [listB, listA]);
        }
    }
    return [...pairs].map(
      ([, alpn], i): EvidenceRule => ({
        id: `drafted-pair-${toSlug(name)}-${runtime}${i === 0 ? '' : `-${i + 1}`}`,
        kind: 'pair',
        gives: 'likely',
        names: [name],
        runtime,
        alpn: [alpn[0], alpn[1]],
        withinSeconds: PAIR_SECONDS,
        upload: PAIR_UPLOAD_BYTES,
        ...cite,
      }),
    );
  });
}

const areNear = (a: ProgramChannel, b: ProgramChannel): boolean =>
  a.helloTimesUs.some((time) =>
    b.helloTimesUs.some((other) => Math.abs(other - time) <= PAIR_SECONDS * 1_000_000),
  );

/** Lists the sizes of small calls at the start of recordings of the tool. */
function listStartUp(
  { name, endpoint, channels }: NameSeen,
  own: readonly Recorded[],
  cite: Cite,
): StartUp[] {
  if (endpoint.specificity === 'shared') return [];
  const sizes = channels.map((recording) => new Set(startCalls(recording)));
  const need = Math.min(MIN_RECORDINGS, own.length);
  const common = listClusters(sizes).filter(({ recordings }) => recordings >= need);
  const commonest = common.sort((a, b) => b.recordings - a.recordings || a.size - b.size).slice(0, MAX_SIZES);
  if (commonest.length === 0) return [];
  return [{ names: [name], sizes: commonest.map(({ size }) => size).sort((a, b) => a - b), ...cite }];
}

function startCalls(channels: readonly ProgramChannel[]): number[] {
  const hellos = channels.flatMap(({ helloTimesUs }) => helloTimesUs);
  return channels.flatMap(({ exchanges }) =>
    exchanges.flatMap(({ startUs, exchange: { bytesUp, recordsUp, recordsDown } }) => {
      const isSmall = bytesUp >= START_CALL.minUpBytes && bytesUp <= START_CALL.maxUpBytes && recordsUp === 1;
      if (!isSmall || recordsDown > START_CALL.maxDownRecords) return [];
      return hellos.some((time) => startUs >= time - START_US && startUs <= time + START_US) ? [bytesUp] : [];
    }),
  );
}

/** Groups sizes that differ at most by the length of a version, with the number of recordings of each group. */
function listClusters(sizes: readonly ReadonlySet<number>[]): { size: number; recordings: number }[] {
  const left = new Set(sizes.flatMap((size) => [...size]));
  const clusters: { size: number; recordings: number }[] = [];
  const countNear = (size: number): number =>
    sizes.filter((set) => [...set].some((other) => Math.abs(other - size) <= SIZE_SLACK_BYTES)).length;
  while (left.size > 0) {
    const counted = [...left].map((size) => ({ size, recordings: countNear(size) }));
    const [best] = counted.sort((a, b) => b.recordings - a.recordings || a.size - b.size);
    if (best === undefined) break;
    clusters.push(best);
    // Two calls of one start can have similar sizes. Sizes that never occur in one start are the same call of two versions.
    const isOneCall = (size: number): boolean =>
      Math.abs(size - best.size) <= 2 * SIZE_SLACK_BYTES &&
      !sizes.some((set) => set.has(size) && set.has(best.size));
    left.delete(best.size);
    for (const size of [...left]) if (isOneCall(size)) left.delete(size);
  }
  return clusters;
}

/** Drafts a rule for start-up calls, but not for listed APIs: scripts make small calls of any size to them. */
function startUpRule(
  { name, endpoint, runtimes }: NameSeen,
  startUp: readonly StartUp[],
  entry: ToolEntry,
  catalogue: Catalogue,
  cite: Cite,
): EvidenceRule[] {
  if (endpoint.specificity === 'tool' || !startUp.some(({ names }) => names.includes(name))) return [];
  const isApi = endpoint.role === 'inference' && listOthers(name, entry, catalogue).some(isProviderKind);
  if (isApi && !containsToolName(name, entry.id)) return [];
  const id = `drafted-start-${toSlug(name)}`;
  return [{ id, kind: 'startUp', gives: 'likely', names: [name], runtimes: [...runtimes], ...cite }];
}

/** Drafts rules for recorded calls of one start: three of them on one name do not match by chance. */
function draftSideCalls(names: readonly NameSeen[], { builds }: ToolEntry, cite: Cite): EvidenceRule[] {
  const calls = (builds?.lines ?? []).flatMap(({ marks }) => marks.filter(({ kind }) => kind === 'call'));
  return names
    .filter(({ endpoint }) => endpoint.specificity !== 'tool')
    .filter(({ name }) => calls.filter((mark) => mark.names.includes(name)).length >= SIDE_CALLS.calls)
    .map(({ name, runtimes }) => ({
      id: `drafted-side-calls-${toSlug(name)}`,
      kind: 'sideCalls',
      gives: 'likely',
      names: [name],
      runtimes: [...runtimes],
      ...SIDE_CALLS,
      uploadOrSizes: { ...UPLOAD_OR_SIZES },
      ...cite,
    }));
}
