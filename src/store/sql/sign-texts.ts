// Parses stored signs of builds for many periods at once: most differ only in time.

import type { BuildSign, UpdateTraffic } from '../../model/tool.ts';
import { US } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { isSign, restoreSigns, restoreUpdates, type StoredSign, type StoredSigns } from './tables.ts';

/** Content of signs, shared by all periods, and their times. */
export interface ParsedSigns {
  readonly signs: readonly StoredSign[];
  readonly times: readonly number[];
  readonly updates: readonly UpdateTraffic[];
}

/** Maximum number of distinct signs: a catalogue has some hundred builds, but hostile stores may have more. */
const MAX_DISTINCT_SIGNS = 10_000;
/** Maximum number of known texts that are compared before a text is parsed. */
const MAX_USES = 32;

const NONE: readonly never[] = [];

/** Keeps the first use of a day in one form, in any order: later use cannot change the builds of the day. */
export class SignTexts {
  readonly #dayOf: Zone['dayOf'];
  /** Signs by their text without the time. */
  readonly #signs = new Map<string, StoredSign>();
  /** Signs of use by the text after the time: most periods have only these. */
  readonly #uses = new Map<string, StoredSign>();

  constructor({ dayOf }: Pick<Zone, 'dayOf'>) {
    this.#dayOf = dayOf;
  }

  /** Parses a text. The result usually takes a tenth of its memory. */
  keep(text: string): ParsedSigns {
    for (const [behind, use] of this.#uses) {
      const times = parseTimes(text, behind);
      if (times === null) continue;
      const first = this.#firstOfDays(times);
      return { signs: first.map(() => use), times: first, updates: NONE };
    }
    return this.#parse(text);
  }

  #parse(text: string): ParsedSigns {
    const all = JSON.parse(text) as StoredSigns;
    const signs: StoredSign[] = [];
    const times: number[] = [];
    const firstUses = new Map<StoredSign, { readonly day: string; readonly index: number }>();
    for (const row of all.filter(isSign)) {
      const [us, kind] = row;
      const sign = this.#shared(row);
      if (kind === 'used') {
        const day = this.#day(us);
        const first = firstUses.get(sign);
        if (first?.day === day) {
          times[first.index] = Math.min(times[first.index] ?? us, us);
          continue;
        }
        firstUses.set(sign, { day, index: times.length });
      }
      signs.push(sign);
      times.push(us);
    }
    return { signs, times, updates: restoreUpdates(all) };
  }

  #firstOfDays(times: readonly number[]): number[] {
    const first: number[] = [];
    let lastDay = '';
    for (const us of times) {
      const day = this.#day(us);
      const last = first.at(-1);
      if (day === lastDay && last !== undefined) first[first.length - 1] = Math.min(last, us);
      else first.push(us);
      lastDay = day;
    }
    return first;
  }

  #shared(sign: StoredSign): StoredSign {
    const text = JSON.stringify(sign.slice(1));
    const existing = this.#signs.get(text);
    if (existing !== undefined) return existing;
    if (this.#signs.size < MAX_DISTINCT_SIGNS) this.#signs.set(text, sign);
    if (sign[1] === 'used' && this.#uses.size < MAX_USES) this.#uses.set(`,${text.slice(1)}`, sign);
    return sign;
  }

  #day(us: number): string {
    return this.#dayOf(Math.floor(us / US));
  }
}

/** Returns the times of signs with the same text; null if the signs differ. */
function parseTimes(text: string, behind: string): number[] | null {
  const times: number[] = [];
  for (let at = 1; at < text.length - 1; at++) {
    const end = text.indexOf(',', at);
    if (end === -1 || text[at] !== '[' || !text.startsWith(behind, end)) return null;
    times.push(Number(text.slice(at + 1, end)));
    at = end + behind.length;
  }
  return times.length === 0 ? null : times;
}

/** Lists the signs. Signs with the same text share their builds. */
export const listSigns = ({ signs, times }: ParsedSigns): BuildSign[] =>
  restoreSigns(signs, (i) => times[i] ?? 0);
