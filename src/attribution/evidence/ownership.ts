// Decides which tool a channel belongs to when several tools on one host may have opened it.

import { type Catalogue, isModelEndpoint } from '../../catalogue/catalogue.ts';
import { isAmong } from '../../catalogue/name-index.ts';
import { type CompiledTool, formatMatch } from '../../catalogue/rules.ts';
import type { RuntimeSeen } from '../../catalogue/schema.ts';
import { findMaximum, findMinimum } from '../../model/extremes.ts';
import { addTo } from '../../model/grouped-by.ts';
import { UNSURE_SIZES, type UsageExchange } from '../../model/usage.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import type { ActivityPeriod, Channel, Slice } from '../traffic/channel.ts';
import { hasSocketForm, isToolSocket } from '../traffic/socket.ts';
import type { Candidate, GatheredItem } from './item.ts';
import { listStartUpTimes } from './program-behavior.ts';

/** Strength of the claim of a tool on a channel; only the strongest claims count. */
const CLAIM = { own: 5, vendor: 4, ownKey: 3, evidence: 2, collector: 1 } as const;

interface Profile {
  readonly candidate: Candidate;
  /** Runtimes and forms in the evidence that made the tool likely. */
  readonly runtimes: ReadonlySet<string>;
  readonly forms: ReadonlySet<string>;
  readonly versions: ReadonlySet<string>;
  readonly strongChannels: ReadonlySet<Channel>;
  /** Channels with evidence for the tool. */
  readonly speaking: ReadonlySet<Channel>;
}

function buildProfile(candidate: Candidate): Profile {
  const strong = candidate.items.filter(({ grade }) => isStrong(grade));
  const channels = new Set(strong.flatMap((item) => item.channels));
  const runtimes = new Set([...channels].map(({ runtime }) => runtime?.id ?? ''));
  // Evidence without a hello, such as a queried name, counts for all runtimes of the tool.
  if (channels.size === 0) for (const id of candidate.compiled.tool.runtimes ?? []) runtimes.add(id);
  const forms = new Set([...channels].map(({ runtime }) => runtime?.fingerprintClass ?? ''));
  const versions = new Set([...channels].flatMap(({ runtime }) => listVersions(runtime)));
  const graded = candidate.items.filter(({ grade }) => grade !== null);
  const speaking = new Set(graded.flatMap((item) => item.channels));
  return { candidate, runtimes, forms, versions, strongChannels: channels, speaking };
}

const isStrong = (grade: GatheredItem['grade']): boolean => grade !== null && grade !== 'possible';

function listVersions(runtime: RuntimeSeen | null): string[] {
  return runtime === null ? [] : runtime.versions.map((version) => `${runtime.id} ${version}`);
}

/** Minimum size of a request to a model: smaller ones are settings, lists and titles. */
const MODEL_UP = 4000;
const STREAM_RECORDS = 3;

const usesModel = ({ exchanges }: Channel): boolean =>
  exchanges.some(({ exchange }) => exchange.bytesUp >= MODEL_UP && exchange.recordsDown >= STREAM_RECORDS);

export interface Ownership {
  /** Likely and certain tools per channel: a single one owns it; with several, the estimates are ranges. */
  readonly owners: ReadonlyMap<Channel, Candidate[]>;
  /** Further tools that may have made requests of a channel, which has other owners or none. */
  readonly perhaps: ReadonlyMap<Channel, Candidate[]>;
  /** Channels whose owner may not have made all requests, with the possible tools that may have. */
  readonly doubtful: ReadonlyMap<Channel, readonly Candidate[]>;
  /** Exchanges of shared and doubtful channels that only one tool can have made. */
  readonly settled: ReadonlyMap<UsageExchange, Candidate>;
}

/** Ownership without likely tools and beginners: only a likely tool owns channels. */
const NOTHING_OWNED: Ownership = {
  owners: new Map(),
  perhaps: new Map(),
  doubtful: new Map(),
  settled: new Map(),
};

export function buildOwnership(
  period: ActivityPeriod,
  candidates: readonly Candidate[],
  catalogue: Catalogue,
): Ownership {
  const strong = candidates.filter(({ grade }) => isStrong(grade)).map(buildProfile);
  const beginners = listBeginners(candidates);
  if (strong.length + beginners.length === 0) return NOTHING_OWNED;
  const owners = new Map<Channel, Candidate[]>();
  const byShape = new Set<Channel>();
  const begun = new Set(beginners.flatMap(({ channels }) => channels));
  for (const channel of period.channels) {
    const claims = strong
      .map((profile) => ({ profile, claim: computeClaim(profile, channel, catalogue) }))
      .filter(({ claim }) => claim > 0);
    if (claims.length === 0) continue;
    const top = findMaximum(claims.map(({ claim }) => claim));
    // A tool for any API key does not own a channel that shows the start of the vendor's tool.
    if (top === CLAIM.ownKey && begun.has(channel)) continue;
    owners.set(channel, decide(claims, channel));
    if (top <= CLAIM.evidence) byShape.add(channel);
  }
  const found = withGateways(period, strong, owners, beginners, catalogue);
  const { doubtful, settled } = settle(found.owners, candidates, beginners, catalogue);
  for (const channel of [
    ...listUnownedByGateway(owners, byShape),
    ...listOtherVersions(found.owners, strong),
  ])
    doubtful.set(channel, doubtful.get(channel) ?? []);
  return { ...found, doubtful, settled };
}

/**
 * Idle time after which a session ends: a program must show evidence again, because another one on its runtime may send
 * later traffic.
 */
const SESSION_GAP_US = 15 * 60_000_000;

/**
 * Finds traffic that likely tools would own by their runtime alone, in sessions without evidence for any of them, with these
 * tools. Any program of the runtime may have sent it.
 */
export function findSlicesApart(
  { channels }: ActivityPeriod,
  candidates: readonly Candidate[],
  catalogue: Catalogue,
): ReadonlyMap<Slice, readonly Candidate[]> {
  const strong = candidates.filter(({ grade }) => isStrong(grade));
  if (strong.length === 0) return NO_SLICES;
  const span =
    findMaximum(channels.map(({ lastUs }) => lastUs)) - findMinimum(channels.map(({ firstUs }) => firstUs));
  if (span <= SESSION_GAP_US) return NO_SLICES;
  const apart = new Map<Slice, Candidate[]>();
  const near = new Set<Slice>();
  for (const candidate of strong) {
    for (const { isShown, slices } of listSessions(buildProfile(candidate), channels, catalogue)) {
      if (isShown) for (const slice of slices) near.add(slice);
      else for (const slice of slices) addTo(apart, slice, candidate);
    }
  }
  for (const slice of near) apart.delete(slice);
  return apart;
}

const NO_SLICES: ReadonlyMap<Slice, readonly Candidate[]> = new Map();

interface Session {
  /** True if some of its traffic is evidence for the tool. */
  isShown: boolean;
  readonly slices: Slice[];
}

interface SessionPart {
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly isShown: boolean;
  /** Null for a queried name. */
  readonly slice: Slice | null;
}

function listSessions(profile: Profile, channels: readonly Channel[], catalogue: Catalogue): Session[] {
  const { items } = profile.candidate;
  const queriedByStrong = items.flatMap(({ grade, queriedNames }) => (isStrong(grade) ? queriedNames : []));
  const parts = queriedByStrong.map(
    ({ firstUs, lastUs }): SessionPart => ({ firstUs, lastUs, isShown: true, slice: null }),
  );
  for (const channel of channels) {
    const claim = computeClaim(profile, channel, catalogue);
    const isShown = claim === CLAIM.own || profile.strongChannels.has(channel);
    if (claim === 0 && !isShown && !(isUnlisted(channel, catalogue) && mayBeBehind(profile, channel)))
      continue;
    for (const slice of channel.slices) {
      const { firstUs, lastUs, openSeconds } = slice.row;
      // A connection keeps its owner from when it was opened.
      const fromUs = openSeconds === 0 ? firstUs : (slice.windowSeconds - openSeconds) * US;
      parts.push({ firstUs: fromUs, lastUs, isShown, slice });
    }
  }
  parts.sort((a, b) => a.firstUs - b.firstUs);
  const sessions: Session[] = [];
  let endUs = Number.NEGATIVE_INFINITY;
  for (const { firstUs, lastUs, isShown, slice } of parts) {
    const isNew = firstUs - endUs > SESSION_GAP_US;
    const session: Session = (isNew ? undefined : sessions.at(-1)) ?? { isShown: false, slices: [] };
    if (isNew) sessions.push(session);
    session.isShown ||= isShown;
    if (slice !== null) session.slices.push(slice);
    endUs = Math.max(endUs, lastUs);
  }
  return sessions;
}

/**
 * Large requests to another name may be requests of the tool through a gateway. If the tool certainly used a model
 * elsewhere, the owner is unknown.
 */
function listUnownedByGateway(
  owners: ReadonlyMap<Channel, readonly Candidate[]>,
  byShape: ReadonlySet<Channel>,
): Channel[] {
  const direct = [...owners].filter(
    ([channel, rivals]) => !byShape.has(channel) && rivals.length === 1 && usesModel(channel),
  );
  const busy = new Set(direct.map(([, [owner]]) => owner));
  return [...byShape].filter((channel) => {
    const [owner, ...others] = owners.get(channel) ?? [];
    return others.length === 0 && busy.has(owner) && usesModel(channel);
  });
}

/**
 * Finds model requests from a version of the runtime without evidence for the tool: a script with the same runtime sends
 * them, or another build of the tool. Only small calls of the tool in the same form would identify the build.
 */
function listOtherVersions(
  owners: ReadonlyMap<Channel, readonly Candidate[]>,
  strong: readonly Profile[],
): Channel[] {
  const profiles = new Map(strong.map((profile) => [profile.candidate, profile]));
  return [...owners].flatMap(([channel, [owner, ...others]]) => {
    if (owner === undefined || others.length > 0 || channel.runtime === null) return [];
    const profile = profiles.get(owner);
    const seen = listVersions(channel.runtime);
    if (profile === undefined || seen.length === 0 || !profile.runtimes.has(channel.runtime.id)) return [];
    const runtimeVersions = [...profile.versions].filter((version) =>
      version.startsWith(`${channel.runtime?.id} `),
    );
    if (runtimeVersions.length === 0 || seen.some((version) => profile.versions.has(version))) return [];
    const isShown = makesSideCalls(owner.compiled, channel) && listSideExchanges(channel).size > 0;
    return isShown || !usesModel(channel) ? [] : [channel];
  });
}

/** Maximum overlap of the first calls of a tool, such as lists, and its first model request. */
const BEGIN_US = 5_000_000;

function settle(
  owners: ReadonlyMap<Channel, readonly Candidate[]>,
  candidates: readonly Candidate[],
  beginners: readonly Beginner[],
  catalogue: Catalogue,
): {
  readonly doubtful: Map<Channel, readonly Candidate[]>;
  readonly settled: ReadonlyMap<UsageExchange, Candidate>;
} {
  const doubtful = new Map<Channel, readonly Candidate[]>();
  const settled = new Map<UsageExchange, Candidate>();
  for (const [channel, rivals] of owners) {
    const [owner, ...others] = rivals;
    const callers = candidates.filter(({ compiled }) => makesSideCalls(compiled, channel));
    const callerExchanges = callers.length === 0 ? NO_EXCHANGES : listSideExchanges(channel);
    const caller = rivals.find((rival) => callers.includes(rival));
    if (owner === undefined) continue;
    if (others.length > 0) {
      if (caller !== undefined) for (const exchange of callerExchanges) settled.set(exchange, caller);
      continue;
    }
    const begun = beginners.filter(
      (beginner) => beginner.candidate !== owner && mayHaveRequested(beginner, owner, channel, catalogue),
    );
    const doubts = new Set(begun.map(({ candidate }) => candidate));
    // The small calls belong to the vendor's tool, which also uses this form although it cannot be identified.
    const hasCaller = caller === undefined && callerExchanges.size > 0 && owner.compiled.tool.ownKey === true;
    if (hasCaller) for (const candidate of callers) doubts.add(candidate);
    if (doubts.size === 0) continue;
    doubtful.set(channel, [...doubts]);
    const beginsUs = findMinimum(begun.map(({ fromUs }) => fromUs)) - BEGIN_US;
    for (const { startUs, exchange } of channel.exchanges) {
      const isCallers = callerExchanges.has(exchange);
      if (hasCaller ? !isCallers && startUs < beginsUs : isCallers || startUs < beginsUs)
        settled.set(exchange, owner);
    }
  }
  return { doubtful, settled };
}

const NO_EXCHANGES: ReadonlySet<UsageExchange> = new Set();

/**
 * False for own names of the owner, and for names of neither a provider nor a gateway, which are not used with the user's
 * own key.
 */
function mayHaveRequested(
  { channels }: Beginner,
  owner: Candidate | undefined,
  channel: Channel,
  catalogue: Catalogue,
): boolean {
  if (owner?.compiled.names.find(channel.name)[0]?.value.specificity === 'tool') return false;
  if (!isProviderName(channel.name, catalogue) && !(isUnlisted(channel, catalogue) && usesModel(channel)))
    return false;
  const versions = listVersions(channel.runtime);
  return channels.some((channel) =>
    listVersions(channel.runtime).some((version) => versions.includes(version)),
  );
}

/**
 * An unlisted name with traffic like that of a model may be the gateway of a tool on this host: of a tool that accepts such
 * an address, and was seen on the same runtime. A tool that certainly used a model elsewhere may also use it: then the owner
 * is unknown. So may one that is only possible, since it began.
 */
function withGateways(
  period: ActivityPeriod,
  strong: readonly Profile[],
  direct: ReadonlyMap<Channel, Candidate[]>,
  beginners: readonly Beginner[],
  catalogue: Catalogue,
): Pick<Ownership, 'owners' | 'perhaps'> {
  const owners = new Map(direct);
  const perhaps = new Map<Channel, Candidate[]>();
  const busy = new Set(
    [...direct].flatMap(([channel, rivals]) => (usesModel(channel) && rivals.length === 1 ? rivals : [])),
  );
  const modelNames = new Set(period.channels.filter(usesModel).map(nameOnRuntime));
  for (const channel of period.channels) {
    if (!isUnlisted(channel, catalogue) || !modelNames.has(nameOnRuntime(channel))) continue;
    const fitting = strong.filter((profile) => mayBeBehind(profile, channel));
    const holders = direct.get(channel) ?? [];
    const idle = fitting.filter(({ candidate }) => !busy.has(candidate));
    const rivals = narrow(
      [...new Set([...strong.filter(({ candidate }) => holders.includes(candidate)), ...idle])],
      channel,
    );
    if (rivals.length > 0)
      owners.set(
        channel,
        rivals.map(({ candidate }) => candidate),
      );
    const fingerprintClass = channel.runtime?.fingerprintClass ?? '';
    const others = fitting.filter((profile) => !rivals.includes(profile));
    const left =
      rivals.length === 0
        ? narrow(others, channel)
        : others.filter(({ forms }) => forms.has(fingerprintClass));
    const begun = beginners.filter(
      (beginner) =>
        beginner.fromUs <= channel.lastUs && mayHaveRequested(beginner, undefined, channel, catalogue),
    );
    perhaps.set(
      channel,
      [...left, ...begun].map(({ candidate }) => candidate),
    );
  }
  return { owners, perhaps };
}

function mayBeBehind({ candidate, runtimes }: Profile, channel: Channel): boolean {
  const { ownKey, ownGateway } = candidate.compiled.tool;
  if (ownKey !== true && ownGateway === undefined) return false;
  if (channel.runtime === null) return false;
  const isSocket = hasSocketForm(candidate.compiled.tool.exchange, channel);
  if (!isSocket && !runtimes.has(channel.runtime.id)) return false;
  return formatMatch(candidate.compiled, channel) === 'yes';
}

function isUnlisted({ name, nameFrom }: Channel, catalogue: Catalogue): boolean {
  return nameFrom !== 'network' && nameFrom !== 'dns' && !catalogue.isListed(name);
}

const nameOnRuntime = ({ name, runtime }: Channel): string => `${runtime?.id ?? ''} ${name}`;

function computeClaim(profile: Profile, channel: Channel, catalogue: Catalogue): number {
  const { compiled } = profile.candidate;
  const match = formatMatch(compiled, channel);
  if (match === 'browser') return 0;
  const endpoint = compiled.names.find(channel.name)[0]?.value;
  if (endpoint?.specificity === 'tool') return CLAIM.own;
  if (match === 'otherProgram') return 0;
  if (profile.strongChannels.has(channel)) return CLAIM.vendor;
  const runsLikeIt =
    channel.runtime === null ||
    profile.runtimes.has(channel.runtime.id) ||
    isToolSocket(compiled.tool.exchange, channel);
  if (!runsLikeIt) return 0;
  if (endpoint?.specificity === 'vendor') return CLAIM.vendor;
  if (compiled.tool.ownKey === true && isProviderName(channel.name, catalogue)) return CLAIM.ownKey;
  if (profile.speaking.has(channel)) return CLAIM.evidence;
  const collectors = compiled.tool.exchange?.telemetry ?? [];
  return isAmong(collectors, channel.name) ? CLAIM.collector : 0;
}

function isProviderName(name: string, catalogue: Catalogue): boolean {
  const found = catalogue.providerOf(name);
  return found !== null && isModelEndpoint(found.endpoint);
}

interface Claim {
  readonly profile: Profile;
  readonly claim: number;
}

/** Returns the tools with the strongest claims; among equal ones those on the version of the runtime, else all of them. */
function decide(claims: readonly Claim[], channel: Channel): Candidate[] {
  const top = findMaximum(claims.map(({ claim }) => claim));
  const strongest = narrow(
    claims.filter(({ claim }) => claim === top).map(({ profile }) => profile),
    channel,
  );
  const byKey = claims.filter(({ claim }) => claim === CLAIM.ownKey).map(({ profile }) => profile);
  const rivals =
    top === CLAIM.vendor && byKey.length > 0 ? withOwnKeys(strongest, byKey, channel) : strongest;
  return rivals.map(({ candidate }) => candidate);
}

/**
 * Other tools also use the name of a vendor with the user's own key. The vendor's tool keeps the channel, unless
 * an own-key tool was seen in the same form: then both share it, or the own-key tool owns it if the vendor's tool was seen only
 * in other versions of the runtime, and small calls do not show another version of it in this form. An own-key tool that was
 * seen on this version of the runtime in another form may also share it: several versions of the vendor's tool, on
 * several runtimes, leave no form that only it uses.
 */
function withOwnKeys(
  vendors: readonly Profile[],
  byKey: readonly Profile[],
  channel: Channel,
): readonly Profile[] {
  const fingerprintClass = channel.runtime?.fingerprintClass ?? '';
  const exact = byKey.filter(({ forms }) => forms.has(fingerprintClass));
  const versions = listVersions(channel.runtime);
  if (exact.length === 0) {
    const onThisVersion = byKey.filter((profile) =>
      versions.some((version) => profile.versions.has(version)),
    );
    return [...vendors, ...onThisVersion];
  }
  const vendorsExact = vendors.filter(({ forms }) => forms.has(fingerprintClass));
  if (vendorsExact.length > 0) return [...vendorsExact, ...exact];
  const consistent = vendors.filter((vendor) => versions.some((version) => vendor.versions.has(version)));
  if (consistent.length > 0) return consistent;
  const callers = vendors.filter(({ candidate }) => makesSideCalls(candidate.compiled, channel));
  return callers.length > 0 && listSideExchanges(channel).size > 0 ? [...callers, ...exact] : exact;
}

/** Keeps rivals that were seen on the version of the runtime: it has several forms, and a program may use each. */
function narrow(rivals: readonly Profile[], channel: Channel): readonly Profile[] {
  const { runtime } = channel;
  if (rivals.length < 2 || runtime === null) return rivals;
  const byRuntime = rivals.filter(({ runtimes }) => runtimes.has(runtime.id));
  const left = byRuntime.length > 0 ? byRuntime : rivals;
  const exact = left.filter(({ forms }) => forms.has(runtime.fingerprintClass));
  if (exact.length === 0) return left;
  const versions = listVersions(runtime);
  const onThisVersion = left.filter(
    (profile) => !exact.includes(profile) && versions.some((version) => profile.versions.has(version)),
  );
  return [...exact, ...onThisVersion];
}

/** A possible tool that made its start-up calls, and may have used a model since. */
interface Beginner {
  readonly candidate: Candidate;
  /** Channels of the calls, whose runtimes belong to the tool. */
  readonly channels: readonly Channel[];
  readonly fromUs: TimestampUs;
}

/**
 * Minimum number of calls if another tool with the same start explains them: it explains one, but of several one may belong
 * to this tool.
 */
const WEAKENED_CALLS = 2;

/** Lists tools that use models with the user's own key. Unanswered calls are ignored, because they may be forged. */
function listBeginners(candidates: readonly Candidate[]): Beginner[] {
  return candidates.flatMap((candidate): Beginner[] => {
    const { compiled, grade, items } = candidate;
    if (grade !== 'possible' || compiled.tool.ownKey !== true) return [];
    const speaking = items.filter((item) => item.grade !== null);
    const isWeakened = speaking.some((item) => item.isWeakened);
    const channels = [...new Set(speaking.flatMap((item) => item.channels))].filter(
      (channel) => channel.isAnswered && listStartUpTimes(compiled, [channel]).length > 0,
    );
    const times = listStartUpTimes(compiled, channels);
    if (times.length < (isWeakened ? WEAKENED_CALLS : 1)) return [];
    return [{ candidate, channels, fromUs: findMinimum(times) }];
  });
}

/** Sizes of settings, flags and greetings; a list of models is longer, and an answer of a model has more records. */
const SIDE_CALL = { leastUp: 100, mostUp: 1000, mostDown: 2000, mostRecordsDown: 2 } as const;

/** True if the tool is known to make small calls and to post telemetry to the name of its model requests. */
const makesSideCalls = ({ tool }: CompiledTool, { name }: Channel): boolean =>
  isAmong(tool.exchange?.mixed ?? [], name);

/** Returns exchanges of the flows with a small call. Flows of one row are distinguished by number. */
function listSideExchanges({ slices }: Channel): ReadonlySet<UsageExchange> {
  const found = new Set<UsageExchange>();
  for (const { row } of slices) {
    const flows = new Set(row.exchanges.filter(isSideCall).map(({ flow }) => flow));
    for (const exchange of row.exchanges) if (flows.has(exchange.flow)) found.add(exchange);
  }
  return found;
}

function isSideCall({ bytesUp, recordsUp, bytesDown, recordsDown, flags }: UsageExchange): boolean {
  if ((flags & UNSURE_SIZES) !== 0 || recordsUp !== 1 || recordsDown === 0) return false;
  if (bytesUp < SIDE_CALL.leastUp || bytesUp > SIDE_CALL.mostUp) return false;
  return recordsDown <= SIDE_CALL.mostRecordsDown && bytesDown <= SIDE_CALL.mostDown;
}
