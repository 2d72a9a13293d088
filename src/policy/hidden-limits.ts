// Limits verdicts and statements by hidden traffic: of a host in a quarter hour and on a day, and to networks of the
// vendor whose tools a rule covers.

import type { Policy, Rule } from '../model/policy.ts';
import type { HiddenOfHost } from '../model/policy-summary.ts';
import type { RuleSummary, VerdictReason } from '../model/report.ts';
import type { HiddenPart } from '../model/usage.ts';
import { isTunnel } from '../model/window-words.ts';
import { openZone, type Zone } from '../time/zone.ts';
import { adviseOnHidden } from './hidden-advice.ts';
import { acceptedTraffic, type HiddenTraffic } from './hidden-traffic.ts';

/**
 * Maximum hidden bytes to networks of the vendor. A handshake that was not captured has fewer, a request of an agent
 * more.
 */
export const MAX_BYTES_TO_VENDOR = 4000;

type Quarters = ReadonlyMap<number, readonly HiddenPart[]>;

const listUnattributed = (parts: readonly HiddenPart[] = []): HiddenPart[] =>
  parts.filter(({ line }) => line === -1);

/**
 * Yields the parts of each quarter hour that no line accepts, including those without a local end, which may belong to
 * any host. Verdicts and statements use it to find quarter hours with too much hidden traffic.
 */
export function* openQuarters(
  quarters: Quarters,
  unowned: Quarters | undefined,
): Iterable<{ readonly start: number; readonly parts: readonly HiddenPart[]; readonly bytes: number }> {
  for (const [start, list] of quarters) {
    const own = listUnattributed(list);
    if (own.length === 0) continue;
    const parts = [...own, ...listUnattributed(unowned?.get(start))];
    yield { start, parts, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
  }
}

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

  /** Sums the quarter hours that count for the host. */
  host(host: string, isSelected: (startSeconds: number) => boolean): HiddenOfHost {
    const days = new Map<string, number>();
    const accepted = this.#policy.accept.map(() => 0);
    const parts: HiddenPart[] = [];
    let [toVendor, inQuarter] = [0, 0];
    const quarters = this.#hidden?.hosts.get(host) ?? NO_QUARTERS;
    const unowned = host === '' ? undefined : this.#hidden?.hosts.get('');
    for (const { start, bytes } of openQuarters(quarters, unowned))
      if (isSelected(start)) inQuarter = Math.max(inQuarter, bytes);
    for (const [start, list] of quarters) {
      if (!isSelected(start)) continue;
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
    return { inQuarter, onDay: Math.max(0, ...days.values()), toVendor, parts, accepted };
  }
}

const NO_QUARTERS: Quarters = new Map();

/** `unowned`: traffic without a local end, which may belong to any host. */
export function listReasons(
  { accept, hiddenBytes }: Pick<Policy, 'accept' | 'hiddenBytes'>,
  unowned: HiddenOfHost,
  owned: readonly HiddenOfHost[],
): Pick<RuleSummary, 'accepted'> & { readonly reasons: VerdictReason[] } {
  const hosts = [unowned, ...owned];
  const selectAbove = (most: number, bytesOf: (hiddenOfHost: HiddenOfHost) => number): HiddenOfHost[] =>
    hosts.filter((host) => {
      const [own, others] = [bytesOf(host), host === unowned ? 0 : bytesOf(unowned)];
      return own > 0 && own + others > most;
    });
  const overDay = selectAbove(hiddenBytes.onDay, ({ onDay }) => onDay);
  const over = hosts.filter((host) => host.inQuarter > hiddenBytes.inQuarter || overDay.includes(host));
  const toVendor = selectAbove(MAX_BYTES_TO_VENDOR, (hiddenOfHost) => hiddenOfHost.toVendor);
  /** 0 if only traffic without a local end is above the limit. */
  const countHosts = (some: readonly HiddenOfHost[]): string =>
    String(some.filter((host) => host !== unowned).length);
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
              detail: countHosts(over),
              ...adviseOnHidden([...new Set([...over, unowned])]),
            } as const,
          ]),
      ...(toVendor.length === 0 ? [] : [{ reason: 'hiddenVendor', detail: countHosts(toVendor) } as const]),
    ],
    ...(accepted.length === 0 ? {} : { accepted }),
  };
}
