// Who a channel belongs to when several tools on one host may have opened it.

import type { Catalogue, JudgedTool } from './catalogue.ts';
import { isModelEndpoint } from './catalogue.ts';
import type { Channel, Stay } from './channels.ts';
import { fitOf, type Piece } from './evidence.ts';
import { matchesName } from './name-index.ts';
import type { Grade } from './rules.ts';

/** One tool as found in one stay. */
export interface Candidate {
  readonly judged: JudgedTool;
  readonly grade: Grade;
  readonly pieces: readonly Piece[];
}

/** How strong a tool's claim on a channel is; only the strongest count. */
const CLAIM = { own: 5, vendor: 4, ownKey: 3, evidence: 2, collector: 1 } as const;

interface Profile {
  readonly candidate: Candidate;
  /** Runtimes and forms seen in what made the tool likely. */
  readonly runtimes: ReadonlySet<string>;
  readonly forms: ReadonlySet<string>;
  readonly strongChannels: ReadonlySet<Channel>;
}

function profileOf(candidate: Candidate): Profile {
  const strong = candidate.pieces.filter(({ grade }) => grade !== null && grade !== 'possible');
  const channels = new Set(strong.flatMap((piece) => piece.channels));
  const runtimes = new Set([...channels].map(({ runtime }) => runtime?.id ?? ''));
  // Evidence without a hello (a name asked for): whatever the tool is built on.
  if (channels.size === 0) for (const id of candidate.judged.tool.runtimes ?? []) runtimes.add(id);
  const forms = new Set([...channels].map(({ runtime }) => runtime?.formClass ?? ''));
  return { candidate, runtimes, forms, strongChannels: channels };
}

/** For each channel, the likely and certain tools it may belong to: one is an owner, several share a range. */
export function ownersOf(
  stay: Stay,
  candidates: readonly Candidate[],
  catalogue: Catalogue,
): Map<Channel, Candidate[]> {
  const strong = candidates.filter(({ grade }) => grade !== 'possible').map(profileOf);
  const owners = new Map<Channel, Candidate[]>();
  for (const channel of stay.channels) {
    const claims = strong
      .map((profile) => ({ profile, claim: claimOf(profile, channel, catalogue) }))
      .filter(({ claim }) => claim > 0);
    if (claims.length === 0) continue;
    const top = Math.max(...claims.map(({ claim }) => claim));
    // A vendor's name is asked with the user's own key by other tools as well: the form of the hello must decide.
    const floor = top === CLAIM.vendor ? CLAIM.ownKey : top;
    const rivals = claims.filter(({ claim }) => claim >= floor).map(({ profile }) => profile);
    owners.set(channel, narrow(rivals, channel));
  }
  return owners;
}

function claimOf(profile: Profile, channel: Channel, catalogue: Catalogue): number {
  const { judged } = profile.candidate;
  const fit = fitOf(judged, channel);
  if (fit === 'browser') return 0;
  const endpoint = judged.names.find(channel.name)[0]?.value;
  if (endpoint?.specificity === 'tool') return CLAIM.own;
  if (fit === 'otherProgram') return 0;
  if (profile.strongChannels.has(channel)) return CLAIM.vendor;
  const runsLikeIt = channel.runtime === null || profile.runtimes.has(channel.runtime.id);
  if (!runsLikeIt) return 0;
  if (endpoint?.specificity === 'vendor') return CLAIM.vendor;
  const facts = judged.tool.exchange;
  if (facts?.telemetry?.some((pattern) => matchesName(pattern, channel.name))) return CLAIM.evidence;
  if (judged.tool.ownKey === true && isProviderName(channel.name, catalogue)) return CLAIM.ownKey;
  if (profile.candidate.pieces.some((piece) => piece.grade !== null && piece.channels.includes(channel))) {
    return CLAIM.evidence;
  }
  const isCollector = catalogue.collectors.names.some((pattern) => matchesName(pattern, channel.name));
  return facts?.collectors === true && isCollector ? CLAIM.collector : 0;
}

function isProviderName(name: string, catalogue: Catalogue): boolean {
  const found = catalogue.providerOf(name);
  return found !== null && isModelEndpoint(found.endpoint);
}

/** Among equals: by runtime seen in likely evidence, then by the exact form; still equal, all of them. */
function narrow(rivals: readonly Profile[], channel: Channel): Candidate[] {
  let left = rivals;
  const { runtime } = channel;
  if (left.length > 1 && runtime !== null) {
    const byRuntime = left.filter(({ runtimes }) => runtimes.has(runtime.id));
    if (byRuntime.length > 0) left = byRuntime;
    const byForm = left.filter(({ forms }) => forms.has(runtime.formClass));
    if (byForm.length > 0) left = byForm;
  }
  return left.map(({ candidate }) => candidate);
}
