// Compares advisories with the started builds: a result for each host that used the tool, by day.

import { groupedBy } from '../model/grouped-by.ts';
import type { Advisory, AdvisoryHeader, Exposure, ExposureDay } from '../model/report.ts';
import type { HostAttribution, HostTool, SignDay } from '../model/tool.ts';
import { ADVISORY_SEVERITIES, type ExposureAnswer, GRAVEST_FIRST } from '../model/words.ts';
import { compareText, sortHosts } from '../net/address.ts';
import { intersectSpans, liesWithin, uniteSpans, type VersionSpan } from '../text/version.ts';
import type { Zone } from '../time/zone.ts';

/** Of whole attributions; see Exposures. */
export function exposuresOf(
  attributions: readonly HostAttribution[],
  advisories: readonly Advisory[],
): Exposure[] {
  const exposures = new Exposures(advisories);
  for (const { host, tools } of attributions)
    for (const { use, signDays } of tools) exposures.add(host, use, signDays);
  return exposures.finish();
}

interface UseDays {
  readonly tool: string;
  readonly days: readonly { readonly date: string }[];
}

/** What the signs of a day say, whichever host and day it is: thousands of hosts run the same few builds. */
interface DayContent {
  readonly day: Pick<SignDay, 'state' | 'sets'>;
  readonly spans: readonly VersionSpan[];
  /** By number of the advisory. */
  readonly answers: (ExposureAnswer | undefined)[];
  readonly days: Map<string, DaysByAnswer>;
}

/** What one date says, by answer. */
type DaysByAnswer = Partial<Record<ExposureAnswer, ExposureDay>>;

/** Collects tool by tool; equal days are one object, since advisories times hosts times days are millions. */
export class Exposures {
  readonly #advisories: readonly Advisory[];
  /** Numbers of the advisories, by tool. */
  readonly #byTool: ReadonlyMap<string, readonly number[]>;
  readonly #found: Exposure[][];
  readonly #contents = new Map<string, DayContent>();

  constructor(advisories: readonly Advisory[]) {
    this.#advisories = sortAdvisories(advisories);
    this.#found = this.#advisories.map(() => []);
    this.#byTool = groupedBy([...this.#advisories.keys()], (number) => this.#advisories[number]?.tool ?? '');
  }

  add(host: string, use: UseDays, signDays: readonly SignDay[] | undefined): void {
    const numbers = this.#byTool.get(use.tool);
    if (numbers === undefined) return;
    const days = daysOf(use, signDays).map(({ date, state, sets }) => {
      const content = this.#contentOf({ state, sets });
      return { date, content, byAnswer: daysOn(content, date) };
    });
    const lists = new Map<string, ExposureDay[]>();
    for (const number of numbers) {
      const advisory = this.#advisories[number];
      if (advisory === undefined) continue;
      const asked = days
        .filter(({ date }) => isAsked(advisory, date))
        .map((day) => dayWith(day, answerIn(day.content, advisory, number)));
      if (asked.length === 0) continue;
      const key = `${asked[0]?.date} ${asked.map(({ answer }) => answer).join()}`;
      const list = lists.get(key) ?? asked;
      lists.set(key, list);
      const { id, tool } = advisory;
      this.#found[number]?.push({ advisory: id, host, tool, ...gravestOf(list), days: list });
    }
  }

  /** By advisory, the gravest first, and host; hosts of which no day matters are left out. */
  finish(): Exposure[] {
    const hosts = sortHosts([...new Set(this.#found.flatMap((list) => list.map(({ host }) => host)))]);
    const order = new Map(hosts.map((host, i) => [host, i]));
    const placeOf = ({ host }: Exposure): number => order.get(host) ?? 0;
    return this.#found.flatMap((list) => list.sort((a, b) => placeOf(a) - placeOf(b)));
  }

  #contentOf(day: DayContent['day']): DayContent {
    const key = JSON.stringify(day);
    const known = this.#contents.get(key);
    if (known !== undefined) return known;
    const spans = uniteSpans(day.sets.flatMap((set) => set.spans ?? []));
    const content = { day, spans, answers: [], days: new Map() };
    this.#contents.set(key, content);
    return content;
  }
}

function answerIn(content: DayContent, advisory: Advisory, number: number): ExposureAnswer {
  const known = content.answers[number] ?? answerOf(content.day, advisory);
  content.answers[number] = known;
  return known;
}

function daysOn({ days }: DayContent, date: string): DaysByAnswer {
  const known = days.get(date) ?? {};
  days.set(date, known);
  return known;
}

interface DayOfUse {
  readonly date: string;
  readonly content: DayContent;
  readonly byAnswer: DaysByAnswer;
}

function dayWith({ date, content: { spans }, byAnswer }: DayOfUse, answer: ExposureAnswer): ExposureDay {
  const known = byAnswer[answer] ?? { date, answer, spans };
  byAnswer[answer] = known;
  return known;
}

/** The gravest result of some days, and the first and last day with it. */
function gravestOf(days: readonly ExposureDay[]): Pick<Exposure, 'answer' | 'first' | 'last'> {
  const answer = GRAVEST_FIRST.find((each) => days.some((day) => day.answer === each)) ?? 'notSeen';
  const dates = days.filter((day) => day.answer === answer).map(({ date }) => date);
  return { answer, first: dates[0] ?? '', last: dates.at(-1) ?? '' };
}

/** By severity, then by ID: the order of documents. */
export const sortAdvisories = <T extends Pick<AdvisoryHeader, 'id' | 'severity'>>(
  advisories: readonly T[],
): T[] =>
  [...advisories].sort(
    (a, b) =>
      ADVISORY_SEVERITIES.indexOf(a.severity) - ADVISORY_SEVERITIES.indexOf(b.severity) ||
      compareText(a.id, b.id),
  );

/** As in documents. */
export const advisoryHeaders = (advisories: readonly Advisory[]): AdvisoryHeader[] =>
  sortAdvisories(advisories).map(({ platforms: _, since: __, until: ___, ...header }) => header);

/** Without recorded builds of the tool, every day of use is undecidable. */
const daysOf = (use: Pick<UseDays, 'days'>, signDays: readonly SignDay[] | undefined): readonly SignDay[] =>
  signDays ?? use.days.map(({ date }) => ({ date, state: 'cannotSay', sets: [] }));

const isAsked = ({ since, until }: Advisory, date: string): boolean =>
  date >= (since ?? date) && date <= (until ?? date);

export function answerOf(
  { state, sets }: Pick<SignDay, 'state' | 'sets'>,
  advisory: Advisory,
): ExposureAnswer {
  const { affected, possible, unmapped, platforms } = advisory;
  const isOfPlatform = (set: SignDay['sets'][number]): boolean =>
    platforms.length === 0 || set.platforms.some((platform) => platforms.includes(platform));
  const hasRun = sets.some(
    (set) => set.kind === 'start' && isOfPlatform(set) && liesWithin(set.spans ?? [], affected),
  );
  if (hasRun) return 'ran';
  const either = [...affected, ...possible];
  if (sets.some(({ spans }) => intersectSpans(spans ?? [], either).length > 0)) return 'may';
  if (state === 'cannotSay' || unmapped.length > 0) return 'cannotSay';
  return state === 'partly' ? 'may' : 'notSeen';
}

/**
 * The quarter hours of days on which an affected version ran, and, as no more than possible, of those on which one may
 * have. The zone must be that of the days.
 */
export function exposedPart(tool: HostTool, advisories: readonly Advisory[], zone: Zone): HostTool[] {
  const answers = new Map<string, ExposureAnswer>();
  for (const advisory of advisories) {
    if (advisory.tool !== tool.use.tool) continue;
    for (const day of daysOf(tool.use, tool.signDays)) {
      const answer = isAsked(advisory, day.date) ? answerOf(day, advisory) : undefined;
      if (answer !== undefined && weightOf(answer) > weightOf(answers.get(day.date)))
        answers.set(day.date, answer);
    }
  }
  const quarters = tool.quarters.flatMap((quarter) => {
    const answer = answers.get(zone.dayOf(quarter.startSeconds));
    if (answer === 'ran') return [quarter];
    return answer === 'may' ? [{ ...quarter, confidence: 'possible' as const }] : [];
  });
  if (quarters.length === 0) return [];
  const { use } = tool;
  return [
    {
      use,
      quarters,
      evidenceIn: (some) => tool.evidenceIn?.(some) ?? use.evidence,
      sensorsIn: (some) => tool.sensorsIn?.(some) ?? use.sensors ?? [],
    },
  ];
}

const weightOf = (answer: ExposureAnswer | undefined): number =>
  answer === 'ran' ? 2 : answer === 'may' ? 1 : 0;
