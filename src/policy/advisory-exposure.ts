// Compares advisories with the started builds and gives a result for each host that used the tool, by day.

import {
  ADVISORY_SEVERITIES,
  EXPOSURE_ANSWERS,
  type ExposureAnswer,
  type ExposureReason,
  GRAVEST_FIRST,
} from '../model/exposure-answers.ts';
import { groupBy } from '../model/grouped-by.ts';
import type { Advisory, AdvisoryHeader, Exposure, ExposureDay, UpdateDay } from '../model/report.ts';
import { findAdvisorySubject, isOnly, versionsIn } from '../model/services.ts';
import {
  type HostAttribution,
  type HostTool,
  type SignDay,
  type UsageQuarter,
  withQuarters,
} from '../model/tool.ts';
import type { ServedWindow } from '../model/usage.ts';
import { compareText, sortHosts } from '../net/address.ts';
import { parsePublished } from '../text/published-version.ts';
import { intersectSpans, liesWithin, uniteSpans, type VersionSpan } from '../text/version.ts';
import { openZone, type Zone } from '../time/zone.ts';
import { groupServicesByHost } from './host-services.ts';
import type { HostService } from './subjects.ts';

/** Lists exposures from whole attributions; see Exposures. */
export function listExposures(
  attributions: readonly HostAttribution[],
  advisories: readonly Advisory[],
  windows: readonly ServedWindow[] = [],
  zone: Zone = openZone('UTC'),
): Exposure[] {
  const exposures = new Exposures(advisories);
  for (const { host, tools } of attributions)
    for (const { use, signDays } of tools) exposures.add(host, use, signDays);
  exposures.addServices(windows, zone);
  return exposures.finish();
}

/** Fields that determine the answer of a day. */
type Answerable = Pick<SignDay, 'state' | 'sets' | 'downloaded'>;

/** A day on which advisories are checked. */
interface CheckedDay extends SignDay {
  /** The catalogue has no recorded build of the tool, or no answer of the service stated its version. */
  readonly unknown?: 'noBuilds' | 'noVersion';
}

type DayFacts = Answerable & Pick<CheckedDay, 'hasStart' | 'newerSince' | 'unknown'>;

interface UseDays {
  readonly tool: string;
  readonly days: readonly { readonly date: string }[];
  readonly updates?: readonly Pick<UpdateDay, 'date' | 'isRelease'>[];
}

/**
 * The signs of a day, independent of host and day. Thousands of hosts share them, because they run the same few builds.
 */
interface DayContent {
  readonly day: DayFacts;
  readonly spans: readonly VersionSpan[];
  /** Answers by number of the advisory. */
  readonly answers: (ExposureAnswer | undefined)[];
  readonly days: Map<string, DaysByAnswer>;
}

/** Exposure of one host to the advisories of one tool. */
interface FoundOfUse {
  readonly host: string;
  /** Numbers of the advisories about the tool. */
  readonly numbers: readonly number[];
  /** One entry for each of these advisories; null if no day matters. */
  readonly exposures: readonly (Exposure | null)[];
}

type DaysByAnswer = Partial<Record<ExposureAnswer, ExposureDay>>;

/** Collects exposures by tool. Equal days are one object, because advisories times hosts times days are millions. */
export class Exposures {
  readonly #advisories: readonly Advisory[];
  /** Numbers of the advisories, by tool. */
  readonly #byTool: ReadonlyMap<string, readonly number[]>;
  readonly #found: FoundOfUse[] = [];
  readonly #contents = new Map<string, DayContent>();
  readonly #days = new Map<CheckedDay, DayOfUse>();
  readonly #unknown = new Map<string, CheckedDay>();

  constructor(advisories: readonly Advisory[]) {
    this.#advisories = sortAdvisories(advisories);
    this.#byTool = groupBy([...this.#advisories.keys()], (number) => this.#advisories[number]?.tool ?? '');
  }

  /** Adds services by the versions that their answers stated. */
  addServices(windows: readonly ServedWindow[], zone: Zone): void {
    if (this.#byTool.size === 0) return;
    for (const [host, services] of groupServicesByHost(windows))
      for (const [tool, own] of groupBy(services, ({ product }) => findAdvisorySubject(product) ?? ''))
        this.add(host, { tool, days: [] }, listServiceDays(own, zone));
  }

  add(host: string, use: UseDays, signDays: readonly CheckedDay[] | undefined): void {
    const numbers = this.#byTool.get(use.tool);
    if (numbers === undefined) return;
    const days = listDays(use, signDays, this.#unknown).map((day) => this.#buildDay(day));
    const lists = new Map<string, Answered>();
    const exposures = numbers.map((number): Exposure | null => {
      const advisory = this.#advisories[number];
      if (advisory === undefined) return null;
      // Most advisories give a host the same answers on the same days, so only the first ones use memory.
      let key = '';
      for (const day of days) key += answerSign(day, advisory, number);
      const entry = lists.get(key) ?? buildAnswer(days, key);
      lists.set(key, entry);
      if (entry.days.length === 0) return null;
      const { id, tool } = advisory;
      const { answer, first, last, days: list } = entry;
      return { advisory: id, host, tool, answer, first, last, days: list };
    });
    this.#found.push({ host, numbers, exposures });
  }

  /** Returns the exposures by advisory, most severe first, and by host, without hosts that have no day that matters. */
  finish(): Exposure[] {
    const byHost = groupBy(this.#found, ({ host }) => host);
    const byAdvisory = this.#advisories.map((): Exposure[] => []);
    for (const host of sortHosts([...byHost.keys()]))
      for (const { numbers, exposures } of byHost.get(host) ?? [])
        for (const [i, number] of numbers.entries()) {
          const exposure = exposures[i] ?? null;
          const list = byAdvisory[number];
          if (exposure === null || list === undefined) continue;
          const last = list.at(-1);
          if (last?.host === host) list[list.length - 1] = joinExposures(last, exposure);
          else list.push(exposure);
        }
    return byAdvisory.flat();
  }

  #buildDay(day: CheckedDay): DayOfUse {
    const existing = this.#days.get(day);
    if (existing !== undefined) return existing;
    const { date, ...facts } = day;
    const content = this.#buildContent(facts);
    const advisoryDay = { date, content, signs: [], byAnswer: openDay(content, date) };
    this.#days.set(day, advisoryDay);
    return advisoryDay;
  }

  #buildContent(day: DayContent['day']): DayContent {
    const key = JSON.stringify(day);
    const existing = this.#contents.get(key);
    if (existing !== undefined) return existing;
    const spans = uniteSpans(day.sets.flatMap((set) => set.spans ?? []));
    const content = { day, spans, answers: [], days: new Map() };
    this.#contents.set(key, content);
    return content;
  }
}

/** Returns the result of an advisory on a day as a part of a key. */
function answerSign(day: DayOfUse, advisory: Advisory, number: number): string {
  const { date, content, signs } = day;
  const sign =
    signs[number] ??
    (isInAdvisoryPeriod(advisory, date) ? ANSWER_SIGNS[findAnswer(content, advisory, number)] : NOT_ASKED);
  signs[number] = sign;
  return sign;
}

function findAnswer(content: DayContent, advisory: Advisory, number: number): ExposureAnswer {
  const answer = content.answers[number] ?? assessDay(content.day, advisory);
  content.answers[number] = answer;
  return answer;
}

function openDay({ days }: DayContent, date: string): DaysByAnswer {
  const entry = days.get(date) ?? {};
  days.set(date, entry);
  return entry;
}

/** One character for each answer, for keys. */
const ANSWER_SIGNS = { ran: 'r', may: 'm', cannotSay: 'c', notSeen: 'n' } as const satisfies Readonly<
  Record<ExposureAnswer, string>
>;
const NOT_ASKED = '-';
const SIGN_ANSWERS: ReadonlyMap<string, ExposureAnswer> = new Map(
  EXPOSURE_ANSWERS.map((answer) => [ANSWER_SIGNS[answer], answer]),
);

type Answered = Pick<Exposure, 'answer' | 'first' | 'last' | 'days'>;

function buildAnswer(days: readonly DayOfUse[], key: string): Answered {
  const list = days.flatMap((day, i) => {
    const answer = SIGN_ANSWERS.get(key[i] ?? '');
    return answer === undefined ? [] : [openExposureDay(day, answer)];
  });
  return { ...findGravest(list), days: list };
}

interface DayOfUse {
  readonly date: string;
  readonly content: DayContent;
  /** Signs by number of the advisory. */
  readonly signs: (string | undefined)[];
  readonly byAnswer: DaysByAnswer;
}

function openExposureDay({ date, content, byAnswer }: DayOfUse, answer: ExposureAnswer): ExposureDay {
  const { spans, day } = content;
  const { downloaded } = day;
  const exposureDay = byAnswer[answer] ?? {
    date,
    answer,
    ...(answer === 'cannotSay' ? { reason: findReason(day) } : {}),
    spans,
    ...(downloaded === undefined ? {} : { downloaded: downloaded.date }),
  };
  byAnswer[answer] = exposureDay;
  return exposureDay;
}

/** Returns the reason why a day has no answer. */
function findReason({ state, hasStart, newerSince, unknown }: DayFacts): ExposureReason {
  if (state !== 'cannotSay') return 'unmapped';
  if (unknown !== undefined) return unknown;
  if (newerSince !== undefined) return 'newerStart';
  return hasStart ? 'startUnknown' : 'noStart';
}

/** Finds the most severe result of some days, and the first and last day with it. */
function findGravest(days: readonly ExposureDay[]): Pick<Exposure, 'answer' | 'first' | 'last'> {
  const answer = GRAVEST_FIRST.find((candidate) => days.some((day) => day.answer === candidate)) ?? 'notSeen';
  const dates = days.filter((day) => day.answer === answer).map(({ date }) => date);
  return { answer, first: dates[0] ?? '', last: dates.at(-1) ?? '' };
}

/** Sorts the advisories of documents by severity, then by ID. */
export const sortAdvisories = <T extends Pick<AdvisoryHeader, 'id' | 'severity'>>(
  advisories: readonly T[],
): T[] =>
  [...advisories].sort(
    (a, b) =>
      ADVISORY_SEVERITIES.indexOf(a.severity) - ADVISORY_SEVERITIES.indexOf(b.severity) ||
      compareText(a.id, b.id),
  );

export const advisoryHeaders = (advisories: readonly Advisory[]): AdvisoryHeader[] =>
  sortAdvisories(advisories).map(buildHeader);

/** Copies the header with a fixed order of fields, because bundles compare bytes. */
function buildHeader(advisory: Advisory): AdvisoryHeader {
  const { id, title, tool, affected, possible, unmapped, severity, score, vector } = advisory;
  const { aliases, published, modified, sources, action } = advisory;
  return {
    id,
    title,
    tool,
    affected,
    possible,
    unmapped,
    severity,
    score,
    vector,
    aliases,
    published,
    modified,
    sources,
    action,
  };
}

/**
 * Lists the days of a use. Without recorded builds of the tool, every day is undecidable. `unknown`: cache of such
 * days.
 */
function listDays(
  { days, updates = [] }: Pick<UseDays, 'days' | 'updates'>,
  signDays: readonly CheckedDay[] | undefined,
  unknown = new Map<string, CheckedDay>(),
): readonly CheckedDay[] {
  if (signDays !== undefined) return signDays;
  return days.map(({ date }) => {
    const last = updates.findLast((update) => update.isRelease && update.date < date)?.date;
    const key = `${date} ${last ?? ''}`;
    const day: CheckedDay = unknown.get(key) ?? {
      date,
      state: 'cannotSay',
      sets: [],
      unknown: 'noBuilds',
      ...(last === undefined ? {} : { downloaded: { date: last, newest: null } }),
    };
    unknown.set(key, day);
    return day;
  });
}

/**
 * Lists days of the services of one product on one host, in order. A stated version is valid for the port and the day.
 * If the signs name several products, the version may belong to another one.
 */
export function listServiceDays(services: readonly HostService[], zone: Zone): CheckedDay[] {
  const seen = services.flatMap(({ name, port, entries }) => entries.map((entry) => ({ name, port, entry })));
  const byDay = groupBy(seen, ({ entry }) => zone.dayOf(entry.startSeconds));
  return [...byDay]
    .sort(([a], [b]) => compareText(a, b))
    .map(([date, own]) => {
      const ports = [...groupBy(own, ({ port }) => port).values()].map((all) => {
        const entries = all.map(({ entry }) => entry);
        const signs = new Set(entries.flatMap(({ signs }) => signs));
        return { versions: versionsIn(entries), isSure: all.every(({ name }) => isOnly(name, signs)) };
      });
      const isStated = ports.every(({ versions, isSure }) => isSure && versions.length > 0);
      const sets = ports.flatMap(({ versions, isSure }) =>
        versions.map((text): SignDay['sets'][number] => {
          const version = parsePublished(text)?.numbers ?? text;
          return { kind: isSure ? 'start' : 'used', spans: [[version, version]], platforms: [] };
        }),
      );
      return {
        date,
        sets,
        state: isStated ? 'placed' : 'cannotSay',
        ...(isStated ? {} : { unknown: 'noVersion' }),
      };
    });
}

/**
 * Joins exposures of a host that used a tool and also runs it as a service: the more severe answer of each day counts.
 */
function joinExposures(a: Exposure, b: Exposure): Exposure {
  const days = [...groupBy([...a.days, ...b.days], ({ date }) => date).values()]
    .map((own) => own.find(({ answer }) => answer === findGravest(own).answer))
    .filter((day) => day !== undefined)
    .sort((x, y) => compareText(x.date, y.date));
  return { ...a, ...findGravest(days), days };
}

const isInAdvisoryPeriod = ({ since, until }: Advisory, date: string): boolean =>
  date >= (since ?? date) && date <= (until ?? date);

export function assessDay({ state, sets, downloaded }: Answerable, advisory: Advisory): ExposureAnswer {
  const { affected, possible, unmapped, platforms } = advisory;
  const isOfPlatform = (set: SignDay['sets'][number]): boolean =>
    platforms.length === 0 || set.platforms.some((platform) => platforms.includes(platform));
  const hasRun = sets.some(
    (set) => set.kind === 'start' && isOfPlatform(set) && liesWithin(set.spans ?? [], affected),
  );
  if (hasRun) return 'ran';
  const either = [...affected, ...possible];
  if (sets.some(({ spans }) => intersectSpans(spans ?? [], either).length > 0)) return 'may';
  if (isDownloadedBeforeFix(downloaded?.newest ?? null, either)) return 'may';
  if (state === 'cannotSay' || unmapped.length > 0) return 'cannotSay';
  return state === 'partly' ? 'may' : 'notSeen';
}

/**
 * True if the last download was affected and a fixed version followed. `newest`: no later build existed on the day of
 * that download. Versions that are affected without an end have no fix.
 */
function isDownloadedBeforeFix(newest: string | null, either: readonly VersionSpan[]): boolean {
  if (newest === null) return false;
  return either.some((span) => span[1] !== null && liesWithin([[newest, newest]], [span]));
}

/** Quarter hours of days on which an affected version ran or may have run, or of days for which neither is known. */
export type ExposedTime = 'affected' | 'undecided';

/**
 * Selects the quarter hours of a use of that kind. The time zone must be that of the days; it is opened for affected
 * tools only.
 */
export function selectExposedPart(
  tool: HostTool,
  advisories: readonly Advisory[],
  timezone: string,
  exposedTime: ExposedTime,
): HostTool[] {
  const { use } = tool;
  const about = advisories.filter((advisory) => advisory.tool === use.tool);
  if (about.length === 0) return [];
  const days = listDays(use, tool.signDays);
  const quarters = selectExposedQuarters(tool.quarters, days, about, openZone(timezone), exposedTime);
  return quarters.length === 0 ? [] : [withQuarters(tool, quarters)];
}

/** Lowers the confidence of use to *possible* on days with *may*. */
export function selectExposedQuarters(
  quarters: readonly UsageQuarter[],
  days: readonly CheckedDay[],
  advisories: readonly Advisory[],
  zone: Zone,
  exposedTime: ExposedTime,
): UsageQuarter[] {
  const answers = new Map(
    days.map((day) => [
      day.date,
      GRAVEST_FIRST.find((answer) =>
        advisories.some(
          (advisory) => isInAdvisoryPeriod(advisory, day.date) && assessDay(day, advisory) === answer,
        ),
      ),
    ]),
  );
  return quarters.flatMap((quarter) => {
    const answer = answers.get(zone.dayOf(quarter.startSeconds));
    if (exposedTime === 'undecided') return answer === 'cannotSay' ? [quarter] : [];
    if (answer === 'ran') return [quarter];
    return answer === 'may' ? [{ ...quarter, confidence: 'possible' as const }] : [];
  });
}
