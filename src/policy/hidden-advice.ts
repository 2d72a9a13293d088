// Suggests fixes for hidden traffic: lines of a policy that accept it, local networks, or another way to capture.

import { CAPTURE_ADVICE, moreDestinations } from '../model/capture-advice.ts';
import type { VerdictReason } from '../model/report.ts';
import type { HiddenPart } from '../model/usage.ts';
import { goesWithTunnel, type NotVisibleKind } from '../model/window-words.ts';
import { compareText, parseAddress } from '../net/address.ts';

/** Maximum groups of servers in an advice, and maximum addresses of a group. The largest come first. */
const MAX_GROUPS = 4;
const MAX_DESTINATIONS = 16;

/** Advice for traffic without a destination that a policy could name. */
const ADVICE: Partial<Record<NotVisibleKind, string>> = {
  midFlow: CAPTURE_ADVICE.fromTheBeginning,
  damaged: CAPTURE_ADVICE.wholePackets,
  oneWay: CAPTURE_ADVICE.bothDirections,
  conflict: CAPTURE_ADVICE.onePoint,
  unanswered: CAPTURE_ADVICE.wholeInBothDirections,
};

interface HiddenParts {
  readonly parts: readonly HiddenPart[];
}

/** Returns the kinds with the most bytes first. */
export function adviseOnHidden(
  hosts: readonly HiddenParts[],
): Required<Pick<VerdictReason, 'kinds' | 'advice'>> {
  const parts = hosts.flatMap((host) => host.parts);
  const ends = new Set(
    parts.flatMap(({ kind, address }) => (kind === 'tunnel' && address !== '' ? address : [])),
  );
  // One line accepts the traffic that a policy accepts together with a tunnel.
  const lines = groupByKind(parts, ({ kind, address }) =>
    goesWithTunnel(kind) && ends.has(address) ? 'tunnel' : kind,
  );
  return {
    kinds: groupByKind(parts, ({ kind }) => kind).map(([kind]) => kind),
    advice: [
      ...(parts.some(({ isRefused }) => isRefused) ? [CAPTURE_ADVICE.toolServers] : []),
      ...lines.slice(0, MAX_GROUPS).flatMap(([kind, { destinations }]) => {
        const capture = ADVICE[kind];
        return [
          ...(capture === undefined ? [] : [capture]),
          ...(destinations.size > 0
            ? acceptLines(kind, destinations)
            : capture === undefined
              ? [CAPTURE_ADVICE.inClear]
              : []),
        ];
      }),
    ],
  };
}

interface KindSum {
  bytes: number;
  /** Destinations that a policy may accept. */
  readonly destinations: Map<string, number>;
}

function groupByKind(
  parts: readonly HiddenPart[],
  kindOf: (part: HiddenPart) => NotVisibleKind,
): (readonly [NotVisibleKind, KindSum])[] {
  const kinds = new Map<NotVisibleKind, KindSum>();
  for (const part of parts) {
    const { address, name, bytes } = part;
    const kind = kindOf(part);
    const sum = kinds.get(kind) ?? { bytes: 0, destinations: new Map() };
    kinds.set(kind, sum);
    sum.bytes += bytes;
    const to = name === '' ? address : name;
    if (to !== '' && !part.isToTool) sum.destinations.set(to, (sum.destinations.get(to) ?? 0) + bytes);
  }
  return [...kinds].sort((a, b) => b[1].bytes - a[1].bytes || compareText(a[0], b[0]));
}

/** Returns lines that the user can copy into a policy. */
function acceptLines(kind: NotVisibleKind, destinations: ReadonlyMap<string, number>): string[] {
  const largest = [...destinations].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
  const named = largest.slice(0, MAX_DESTINATIONS).map(([to]) => (isIp6(to) ? `"${to}"` : to));
  const more = largest.length - named.length;
  return [
    `accept: [{ kind: ${kind}, to: [${named.join(', ')}] }]`,
    ...(more > 0 ? [moreDestinations(more, kind)] : []),
  ];
}

/** YAML requires quotes around a text with colons. */
const isIp6 = (text: string): boolean => parseAddress(text)?.length === 16;
