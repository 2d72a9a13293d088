// Finds the starts of a tool: new flows after a silence, and the facts of a start that depend on its build.

import { isAmong } from '../../catalogue/name-index.ts';
import type { BuildFacts } from '../../catalogue/schema.ts';
import { UNSURE_SIZES } from '../../model/usage.ts';
import { countBefore } from '../../time/sorted.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import type { Channel } from '../traffic/channel.ts';

/** Duration of a start. */
const START_US = 30 * US;
/** Minimum time without a new flow before a start. */
const SILENCE_US = 60 * US;
/** Minimum number of different small calls of a start: after a silence, or during use, which makes some of them as well. */
const MIN_CALLS = { afterSilence: 2, inUse: 3 } as const;
/** Sizes of calls that identify builds. Smaller ones are frames of HTTP/2. */
const CALL_BYTES = { least: 130, most: 1000 } as const;
/** Times of exchanges are rounded down to a tenth of a second. */
const STEP_US = US / 10;

/** A small call in one record. */
export interface SeenCall {
  readonly atUs: TimestampUs;
  readonly name: string;
  readonly runtime: string;
  readonly alpn: readonly string[];
  readonly up: number;
  readonly isProxied: boolean;
}

export interface SeenHello {
  readonly atUs: TimestampUs;
  readonly name: string;
  readonly runtime: string;
  readonly alpn: readonly string[];
  readonly ja4: string;
  readonly ja3: string;
}

export interface Start {
  readonly atUs: TimestampUs;
  readonly calls: readonly SeenCall[];
  readonly hellos: readonly SeenHello[];
}

/** True for names that identify builds, on the runtimes of their lines. */
export function identifiesBuilds(facts: BuildFacts, { name, fingerprint, runtime }: Channel): boolean {
  return facts.lines.some(
    ({ runtimes, marks }) =>
      fingerprint !== null &&
      runtime !== null &&
      runtimes.includes(runtime.id) &&
      marks.some(({ names }) => isAmong(names, name)),
  );
}

/** Finds starts of programs among channels that identify builds, in order of time. */
export function listStarts(telling: readonly Channel[], facts: BuildFacts['start'] = {}): Start[] {
  const afterSilence = facts.calls ?? MIN_CALLS.afterSilence;
  const hellos = telling.flatMap(listHellos).sort((a, b) => a.atUs - b.atUs);
  const calls = telling.flatMap(listCalls).sort((a, b) => a.atUs - b.atUs);
  const sizes = new SizesAhead(calls);
  const opening = hellos.filter((hello) => isOpening(hello, facts));
  const begun = new Set(hellos.map(({ atUs }) => atUs));
  const starts: Start[] = [];
  let openUntil = Number.NEGATIVE_INFINITY;
  let lastUs = Number.NEGATIVE_INFINITY;
  for (const atUs of begun) {
    const isAfterSilence = atUs - lastUs > SILENCE_US;
    lastUs = atUs;
    if (atUs <= openUntil) continue;
    const from = Math.max(atUs, openUntil + 1) - STEP_US;
    const until = atUs + START_US;
    if (sizes.between(from, until) < (isAfterSilence ? afterSilence : MIN_CALLS.inUse)) continue;
    const first = opening[countBefore(opening, (seen) => seen.atUs <= from)];
    if (first === undefined || first.atUs > until) continue;
    starts.push({
      atUs,
      calls: selectBetween(calls, from, until),
      hellos: selectBetween(hellos, from, until),
    });
    openUntil = until;
  }
  return starts;
}

/** True for a hello that opens a start. Without a fact about this, every hello does. */
export function isOpening(
  { runtime, alpn }: SeenHello,
  { hello }: NonNullable<BuildFacts['start']>,
): boolean {
  return hello === undefined || (hello.runtime === runtime && hello.alpn.join(',') === alpn.join(','));
}

/** Counts different calls in ranges of time, which are requested in order of time. */
class SizesAhead {
  readonly #calls: readonly SeenCall[];
  readonly #counts = new Map<string, number>();
  #begin = 0;
  #end = 0;

  constructor(calls: readonly SeenCall[]) {
    this.#calls = calls;
  }

  /** Returns the calls after `from` and up to `to`. */
  between(from: TimestampUs, to: TimestampUs): number {
    for (
      let call = this.#calls[this.#end];
      call !== undefined && call.atUs <= to;
      call = this.#calls[this.#end]
    ) {
      this.#count(call, 1);
      this.#end++;
    }
    while (this.#begin < this.#end) {
      const call = this.#calls[this.#begin];
      if (call === undefined || call.atUs > from) break;
      this.#count(call, -1);
      this.#begin++;
    }
    return this.#counts.size;
  }

  #count({ name, up }: SeenCall, by: 1 | -1): void {
    const key = `${name} ${up}`;
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

/** Returns the entries of a sorted list after `from` and up to `to`. */
function selectBetween<T extends { readonly atUs: TimestampUs }>(
  sorted: readonly T[],
  from: TimestampUs,
  to: TimestampUs,
): T[] {
  const found: T[] = [];
  let index = countBefore(sorted, ({ atUs }) => atUs <= from);
  for (let item = sorted[index]; item !== undefined && item.atUs <= to; item = sorted[++index])
    found.push(item);
  return found;
}

function listHellos({ name, fingerprint, runtime, helloTimesUs }: Channel): SeenHello[] {
  if (fingerprint === null || runtime === null) return [];
  const { alpn, ja4, ja3 } = fingerprint;
  return helloTimesUs.map((atUs) => ({ atUs, name, runtime: runtime.id, alpn, ja4, ja3 }));
}

function listCalls({ name, fingerprint, runtime, isProxied, exchanges }: Channel): SeenCall[] {
  if (fingerprint === null || runtime === null) return [];
  return exchanges.flatMap(({ startUs, exchange: { bytesUp, recordsUp, flags } }) => {
    if ((flags & UNSURE_SIZES) !== 0 || recordsUp !== 1) return [];
    if (bytesUp < CALL_BYTES.least || bytesUp > CALL_BYTES.most) return [];
    return [{ atUs: startUs, name, runtime: runtime.id, alpn: fingerprint.alpn, up: bytesUp, isProxied }];
  });
}
