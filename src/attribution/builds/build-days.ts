// Groups the signs of builds by days of a time zone: which builds can have run, and if every use has a placed
// start.

import { groupBy } from '../../model/grouped-by.ts';
import type { BuildDay, BuildsSeen } from '../../model/report.ts';
import type { BuildSign, SignDay } from '../../model/tool.ts';
import { intersectSpans, uniteSpans, type VersionSpan } from '../../text/version.ts';
import { US } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';

/** The exchanges of a start may seem slightly earlier than the start, because their times are in tenths of a second. */
const EARLIER_US = US;

/** Makes days from signs, and the days of a report from these. */
export interface DayMaker {
  signDay(date: string, signs: readonly BuildSign[]): SignDay;
  buildDay(day: SignDay): BuildDay;
}

const PLAIN: DayMaker = { signDay, buildDay };

/** Shares equal days as one object, because thousands of hosts run the same few builds. */
export class SharedDays implements DayMaker {
  readonly #numbers = new Map<BuildSign['spans'], number>();
  readonly #signDays = new Map<string, SignDay>();
  readonly #buildDays = new Map<SignDay, BuildDay>();

  /** `signs`: without platforms, which stores do not contain. */
  signDay(date: string, signs: readonly BuildSign[]): SignDay {
    let key = date;
    for (const { kind, spans, newerSince = '' } of signs)
      key += `|${kind} ${this.#findNumber(spans)} ${newerSince}`;
    const entry = this.#signDays.get(key) ?? signDay(date, signs);
    this.#signDays.set(key, entry);
    return entry;
  }

  buildDay(day: SignDay): BuildDay {
    const entry = this.#buildDays.get(day) ?? buildDay(day);
    this.#buildDays.set(day, entry);
    return entry;
  }

  #findNumber(spans: BuildSign['spans']): number {
    const entry = this.#numbers.get(spans) ?? this.#numbers.size;
    this.#numbers.set(spans, entry);
    return entry;
  }
}

/** Groups signs of one tool on one host, in any order. Returns the oldest day first. */
export function signDays(signs: readonly BuildSign[], zone: Zone, make: DayMaker = PLAIN): SignDay[] {
  const days = groupBy([...signs].sort(compareTime), ({ atUs }) => zone.dayOf(Math.floor(atUs / US)));
  return [...days].map(([date, list]) => make.signDay(date, list));
}

/** Orders a start before the use that it opens. */
const compareTime = (a: BuildSign, b: BuildSign): number => sortTime(a) - sortTime(b) || a.atUs - b.atUs;
const sortTime = ({ kind, atUs }: BuildSign): number => (kind === 'used' ? atUs : atUs - EARLIER_US);

/** Makes a day. A start never counts after midnight: use that continues then has no start. */
function signDay(date: string, signs: readonly BuildSign[]): SignDay {
  // Starts are grouped by their marks, because thousands of fetches may show the same ones.
  const opened = new Map<string, readonly VersionSpan[] | null>();
  const sets: SignDay['sets'][number][] = [];
  let isAllPlaced = true;
  let isPlaced = false;
  let hasStart = false;
  let newer: string | undefined;
  for (const { kind, spans, platforms, newerSince } of signs) {
    newer ??= newerSince;
    if (kind === 'used') isAllPlaced &&= [...opened.values()].some((open) => covers(open, spans));
    else {
      opened.set(JSON.stringify(spans), spans);
      if (spans !== null) sets.push({ kind, spans, platforms });
      if (kind === 'start') {
        hasStart = true;
        isPlaced ||= spans !== null;
        isAllPlaced &&= spans !== null;
      }
    }
  }
  const state = !isPlaced ? 'cannotSay' : isAllPlaced ? 'placed' : 'partly';
  return {
    date,
    state,
    sets,
    ...(state === 'cannotSay' && hasStart ? { hasStart: true as const } : {}),
    ...(newer === undefined ? {} : { newerSince: newer }),
  };
}

/** A build can be in use only if it can have been started. */
function covers(open: readonly VersionSpan[] | null, used: BuildSign['spans']): boolean {
  if (used === null || open === null) return true;
  return intersectSpans(open, used).length > 0;
}

/** Unites the builds of a day, because a host may run two builds. `days`: those of the signs. */
export function uniteBuilds(
  signs: readonly BuildSign[],
  days: readonly SignDay[],
  make: DayMaker = PLAIN,
): BuildsSeen {
  const starts = signs.filter(({ kind }) => kind === 'start');
  return {
    starts: starts.length,
    placed: starts.filter(({ spans }) => spans !== null).length,
    days: days.map((day) => make.buildDay(day)),
  };
}

function buildDay({ date, state, sets, newerSince }: SignDay): BuildDay {
  return {
    date,
    spans: state === 'cannotSay' ? [] : uniteSpans(sets.flatMap(({ spans }) => spans ?? [])),
    state,
    ...(newerSince === undefined ? {} : { newerSince }),
  };
}
