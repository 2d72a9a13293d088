// Signs of builds as a store keeps them, for many periods at once: most say the same at another time.

import type { BuildSign, UpdateTraffic } from '../../model/tool.ts';
import { type KeptSign, mayHaveUpdates, signsIn, signsOfKept, signsText, updatesIn } from './tables.ts';

/** Holds the content of the signs, once for all periods, and their times; or a text as it is. */
export type KeptSigns =
  | string
  | {
      readonly said: readonly KeptSign[];
      readonly times: readonly number[];
      readonly updates: readonly UpdateTraffic[];
    };

/** Before the kind of a sign. */
const TIME = /\[(-?\d+(?:\.\d+)?),"/g;
const NO_TIME = '[0,"';

/** Hostile stores know more; a catalogue has some hundred builds. */
const MAX_SAID = 10_000;

export class SignTexts {
  /** Signs are found by text without times; null if that does not tell the signs apart. */
  readonly #said = new Map<string, readonly KeptSign[] | null>();

  /** Takes a tenth of the memory of the text, as a rule. */
  keep(text: string): KeptSigns {
    const updates = listUpdates(text);
    // Bytes and times of downloads differ from period to period.
    const signs = updates.length === 0 ? text : signsText(signsIn(text), []);
    const times: number[] = [];
    const timeless = signs.replace(TIME, (_, time: string) => {
      times.push(Number(time));
      return NO_TIME;
    });
    const said = this.#said.get(timeless) ?? this.#read(timeless, times.length);
    return said === null ? text : { said, times, updates };
  }

  #read(timeless: string, times: number): readonly KeptSign[] | null {
    if (this.#said.size >= MAX_SAID) return null;
    const kept = JSON.parse(timeless) as readonly KeptSign[];
    // A text in a sign may look like the beginning of one.
    const said = kept.length === times && kept.every(([atUs]) => atUs === 0) ? kept : null;
    this.#said.set(timeless, said);
    return said;
  }
}

/** Signs that say the same share their builds. */
export function listSigns(signs: KeptSigns): BuildSign[] {
  if (typeof signs === 'string') return signsIn(signs);
  return signsOfKept(signs.said, (i) => signs.times[i] ?? 0);
}

export function listUpdates(signs: KeptSigns): readonly UpdateTraffic[] {
  if (typeof signs !== 'string') return signs.updates;
  return mayHaveUpdates(signs) ? updatesIn(signs) : NONE;
}

const NONE: readonly never[] = [];
