// Limits of a verdict by hidden traffic: of a host on a day, and to networks of the vendor whose tools a rule is about.

import type { Policy, Rule } from '../model/policy.ts';
import type { HiddenOfHost } from '../model/policy-summary.ts';
import type { RuleSummary, VerdictReason } from '../model/report.ts';
import type { HiddenDestination } from '../model/usage.ts';
import { isTunnel } from '../model/window-words.ts';
import { openZone, type Zone } from '../time/zone.ts';
import { adviceOn } from './hidden-advice.ts';
import { acceptedTraffic, type HiddenTraffic } from './hidden-traffic.ts';

/** Most hidden bytes to networks of the vendor: a handshake that was not captured has less, a request of an agent more. */
export const MOST_TO_VENDOR = 4000;

interface AcceptedBytes {
  all: number;
  tunnels: number;
  oneWay: number;
}

export class HiddenInTime {
  readonly #policy: Policy;
  readonly #rule: Rule;
  readonly #hidden: HiddenTraffic | null;
  readonly #zone: Zone;

  constructor(policy: Policy, rule: Rule, hidden: HiddenTraffic | null) {
    this.#policy = policy;
    this.#rule = rule;
    this.#hidden = hidden;
    this.#zone = openZone(policy.timezone);
  }

  accepted(host: string, startSeconds: number): AcceptedBytes {
    const sums = { all: 0, tunnels: 0, oneWay: 0 };
    for (const part of this.#hidden?.hosts.get(host)?.get(startSeconds) ?? []) {
      if (part.line === -1) continue;
      sums.all += part.bytes;
      if (isTunnel(part.kind)) sums.tunnels += part.bytes;
      if (part.kind === 'oneWay') sums.oneWay += part.bytes;
    }
    return sums;
  }

  /** Over the quarter hours that count for the host. */
  host(host: string, isMeant: (startSeconds: number) => boolean): HiddenOfHost {
    const days = new Map<string, number>();
    const accepted = this.#policy.accept.map(() => 0);
    const parts: HiddenDestination[] = [];
    let toVendor = 0;
    for (const [start, list] of this.#hidden?.hosts.get(host) ?? []) {
      if (!isMeant(start)) continue;
      const day = this.#zone.dayOf(start);
      for (const part of list) {
        if (part.line !== -1) {
          accepted[part.line] = (accepted[part.line] ?? 0) + part.bytes;
          continue;
        }
        days.set(day, (days.get(day) ?? 0) + part.bytes);
        parts.push(part);
        if (this.#hidden?.isOfVendor(this.#rule, part.address) === true) toVendor += part.bytes;
      }
    }
    return { onDay: Math.max(0, ...days.values()), toVendor, parts, accepted };
  }
}

/** `unowned`: traffic without a local end, which may be that of each host. */
export function hiddenReasons(
  { accept, hiddenBytes }: Pick<Policy, 'accept' | 'hiddenBytes'>,
  unowned: HiddenOfHost,
  owned: readonly HiddenOfHost[],
): Pick<RuleSummary, 'accepted'> & { readonly reasons: VerdictReason[] } {
  const hosts = [unowned, ...owned];
  const above = (most: number, bytesOf: (hiddenOfHost: HiddenOfHost) => number): HiddenOfHost[] =>
    hosts.filter((host) => {
      const [own, others] = [bytesOf(host), host === unowned ? 0 : bytesOf(unowned)];
      return own > 0 && own + others > most;
    });
  const over = above(hiddenBytes, ({ onDay }) => onDay);
  const toVendor = above(MOST_TO_VENDOR, (hiddenOfHost) => hiddenOfHost.toVendor).length;
  const accepted = acceptedTraffic(accept, (line) =>
    hosts.reduce((sum, host) => sum + (host.accepted[line] ?? 0), 0),
  );
  return {
    reasons: [
      ...(over.length === 0
        ? []
        : [
            {
              reason: 'hidden',
              detail: String(over.length),
              ...adviceOn([...new Set([...over, unowned])]),
            } as const,
          ]),
      ...(toVendor === 0 ? [] : [{ reason: 'hiddenVendor', detail: String(toVendor) } as const]),
    ],
    ...(accepted.length === 0 ? {} : { accepted }),
  };
}
