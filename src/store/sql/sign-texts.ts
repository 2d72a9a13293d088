// Signs of builds as a store keeps them, for many periods at once: most say the same at another time.

import type { BuildSign, UpdateTraffic } from '../../model/tool.ts';
import { US } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { isSign, type KeptSign, type KeptText, signsOfKept, updatesIn } from './tables.ts';

/** Holds the content of the signs, once for all periods, and their times. */
export interface KeptSigns {
  readonly said: readonly KeptSign[];
  readonly times: readonly number[];
  readonly updates: readonly UpdateTraffic[];
}

/** Hostile stores know more; a catalogue has some hundred builds. */
const MAX_SAID = 10_000;
/** Texts of use that are tried before a text is parsed. */
const MAX_USES = 32;

const NONE: readonly never[] = [];

/** Keeps the first use of a day in one form, whatever the order: use that follows cannot change which builds the day shows. */
export class SignTexts {
  readonly #dayOf: Zone['dayOf'];
  /** Signs are found by their text without the time. */
  readonly #said = new Map<string, KeptSign>();
  /** Those of use, which most periods have alone, by the text behind the time. */
  readonly #uses = new Map<string, KeptSign>();

  constructor({ dayOf }: Pick<Zone, 'dayOf'>) {
    this.#dayOf = dayOf;
  }

  /** Takes a tenth of the memory of the text, as a rule. */
  keep(text: string): KeptSigns {
    for (const [behind, use] of this.#uses) {
      const times = timesIn(text, behind);
      if (times === null) continue;
      const first = this.#firstOfDays(times);
      return { said: first.map(() => use), times: first, updates: NONE };
    }
    return this.#parse(text);
  }

  #parse(text: string): KeptSigns {
    const all = JSON.parse(text) as KeptText;
    const said: KeptSign[] = [];
    const times: number[] = [];
    const firstUses = new Map<KeptSign, { readonly day: string; readonly index: number }>();
    for (const kept of all.filter(isSign)) {
      const [us, kind] = kept;
      const sign = this.#shared(kept);
      if (kind === 'used') {
        const day = this.#day(us);
        const first = firstUses.get(sign);
        if (first?.day === day) {
          times[first.index] = Math.min(times[first.index] ?? us, us);
          continue;
        }
        firstUses.set(sign, { day, index: times.length });
      }
      said.push(sign);
      times.push(us);
    }
    return { said, times, updates: updatesIn(all) };
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

  #shared(sign: KeptSign): KeptSign {
    const text = JSON.stringify(sign.slice(1));
    const known = this.#said.get(text);
    if (known !== undefined) return known;
    if (this.#said.size < MAX_SAID) this.#said.set(text, sign);
    if (sign[1] === 'used' && this.#uses.size < MAX_USES) this.#uses.set(`,${text.slice(1)}`, sign);
    return sign;
  }

  #day(us: number): string {
    return this.#dayOf(Math.floor(us / US));
  }
}

/** Times of signs that are all followed by one text; null if the signs differ. */
function timesIn(text: string, behind: string): number[] | null {
  const times: number[] = [];
  for (let at = 1; at < text.length - 1; at++) {
    const end = text.indexOf(',', at);
    if (end === -1 || text[at] !== '[' || !text.startsWith(behind, end)) return null;
    times.push(Number(text.slice(at + 1, end)));
    at = end + behind.length;
  }
  return times.length === 0 ? null : times;
}

/** Signs that say the same share their builds. */
export const listSigns = ({ said, times }: KeptSigns): BuildSign[] => signsOfKept(said, (i) => times[i] ?? 0);
