// What resolves hidden traffic: lines of a policy that accept it, local networks, or another way to capture.

import type { VerdictReason } from '../model/report.ts';
import type { HiddenDestination } from '../model/usage.ts';
import type { NotVisibleKind } from '../model/window-words.ts';
import { compareText, parseAddress } from '../net/address.ts';

/** An advice is no list of all servers. */
const MOST_LINES = 4;
const MOST_DESTINATIONS = 8;

/** Of traffic without a destination that a policy could name. */
const CAPTURE_ADVICE: Partial<Record<NotVisibleKind, string>> = {
  midFlow: 'capture from before the connections begin, with whole packets (snap length 0)',
  damaged: 'capture whole packets (snap length 0) and all fragments',
  oneWay: 'capture both directions',
  conflict: 'capture at one point only, without copies of packets',
  unanswered: 'capture whole packets (snap length 0) in both directions',
};

const NO_ADVICE = 'capture where these bytes are not encrypted, or pass --local-net for networks of your own';

/** The kinds with the most bytes first. */
export function adviceOn(
  hosts: readonly { readonly parts: readonly HiddenDestination[] }[],
): Required<Pick<VerdictReason, 'kinds' | 'advice'>> {
  const kinds = new Map<NotVisibleKind, { bytes: number; destinations: Map<string, number> }>();
  for (const { parts } of hosts) {
    for (const { kind, address, name, bytes } of parts) {
      const sum = kinds.get(kind) ?? { bytes: 0, destinations: new Map<string, number>() };
      kinds.set(kind, sum);
      sum.bytes += bytes;
      const to = name === '' ? address : name;
      if (to !== '') sum.destinations.set(to, (sum.destinations.get(to) ?? 0) + bytes);
    }
  }
  const sorted = [...kinds].sort((a, b) => b[1].bytes - a[1].bytes || compareText(a[0], b[0]));
  return {
    kinds: sorted.map(([kind]) => kind),
    advice: sorted.slice(0, MOST_LINES).flatMap(([kind, { destinations }]) => {
      const capture = CAPTURE_ADVICE[kind];
      return [
        ...(capture === undefined ? [] : [capture]),
        destinations.size === 0 ? (capture === undefined ? NO_ADVICE : '') : acceptLine(kind, destinations),
      ].filter((line) => line !== '');
    }),
  };
}

function acceptLine(kind: NotVisibleKind, destinations: ReadonlyMap<string, number>): string {
  const largest = [...destinations].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
  const named = largest.slice(0, MOST_DESTINATIONS).map(([to]) => (isIp6(to) ? `"${to}"` : to));
  const more = largest.length - named.length;
  return `accept: [{ kind: ${kind}, to: [${named.join(', ')}${more > 0 ? ', …' : ''}] }]`;
}

/** A text with colons needs quotes in YAML. */
const isIp6 = (text: string): boolean => parseAddress(text)?.length === 16;
