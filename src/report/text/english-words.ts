// Provides the messages of a language for reports, with the parts that message files cannot contain: dates, and choices
// that depend on the document. It also contains the English messages. Sentences have no full stop unless stated.

import { MESSAGES as SENTENCES } from '../../model/messages/en.messages.js';
import type { Finding } from '../../model/report.ts';
import { sentencesIn } from '../../model/sentences.ts';
import { GAP_WORDS, type GapReason } from '../../model/window-words.ts';
import { formatBytes, formatShare } from '../../text/quantity.ts';
import { lastVersion, type VersionSpan } from '../../text/version.ts';
import type english from '../messages/en.json';
import { MESSAGES } from '../messages/en.messages.js';
import { clockTime, isPlain, type ReaderZone, secondTime, unixSeconds } from './instant-text.ts';
import { type Language, OTHER_LANGUAGES } from './languages.ts';
import { type Banned, buildMessages, type CompiledMessages, type MessagesOf } from './messages.ts';

/** Texts for the script of the page, which contains the English ones itself. */
export interface ScriptWords {
  readonly asCsv: string;
  readonly thisTable: string;
  readonly theseLines: string;
  /** Text before the head of a column. */
  readonly otherTools: string;
  /** Text after a number. */
  readonly hosts: readonly [one: string, more: string];
  readonly lines: readonly [one: string, more: string];
  readonly openAll: string;
  readonly closeAll: string;
  readonly copy: string;
  readonly copied: string;
  readonly pressKeys: string;
}

export interface LimitFacts {
  readonly span: string;
  readonly share: number;
  readonly names: string;
}

type File = typeof english;
type EnglishMessages = MessagesOf<File>;

const GAP_REASONS = Object.entries(GAP_WORDS) as [GapReason, string][];

export const wordIn = (words: Readonly<Record<string, string>>, name: string): string | null =>
  words[name] ?? null;
const nullIfEmpty = (text: string): string | null => (text === '' ? null : text);

/** Returns how a language writes dates, times, amounts and lists. Day texts are YYYY-MM-DD. */
function buildPhrasing({ writing }: EnglishMessages) {
  const [months, weekdays] = [writing.months.split(' '), writing.weekdays.split(' ')];
  const monthName = (day: string): string => months[Number(day.slice(5, 7)) - 1] ?? '';
  const number = (day: string): string => String(Number(day.slice(8)));
  const dayText = (day: string): string => writing.day(number(day), monthName(day));
  const date = (day: string): string => writing.date(dayText(day), String(Number(day.slice(0, 4))));
  const dayIn = (day: string, { plainYear }: ReaderZone): string =>
    isPlain(day, plainYear) ? dayText(day) : date(day);
  const dayOf = (instant: string, zone: ReaderZone): string => zone.dayOf(unixSeconds(instant));
  const shortDay = (instant: string, zone: ReaderZone): string => {
    const day = dayOf(instant, zone);
    const [year = '', month = '', last = ''] = day.split('-');
    return writing.shortDay(last, month, isPlain(day, zone.plainYear) ? null : year);
  };
  const atMidnight = (day: string, instant: string, zone: ReaderZone): string => {
    const clock = clockTime(instant, zone);
    return clock === '00:00' ? day : `${day} ${clock}`;
  };
  const amount = (digits: string): string => digits.replace('.', writing.decimalPoint);
  const time = (instant: string, zone: ReaderZone): string =>
    `${dayIn(dayOf(instant, zone), zone)} ${clockTime(instant, zone)}`;
  /** Ends that are printed alike are one time. */
  const between = (from: string, to: string): string => (from === to ? from : writing.between(from, to));
  return {
    ...writing,
    /** Formats digits with a decimal point in the language. */
    amount,
    bytes: (bytes: number) => amount(formatBytes(bytes)),
    /** Formats a share from 0 to 1. */
    share: (share: number) => amount(formatShare(share)),
    date,
    day: dayText,
    /** Includes the year unless it is the reader's current one. */
    dayIn,
    between,
    span(first: string, last: string): string {
      if (first === last) return date(first);
      const same = [7, 4].find((signs) => first.slice(0, signs) === last.slice(0, signs));
      const scope = same === 7 ? 'month' : same === 4 ? 'year' : 'none';
      return writing.span(scope, number(first), dayText(first), dayText(last), date(first), date(last));
    },
    time,
    timeSpan: (from: string, to: string, zone: ReaderZone) => between(time(from, zone), time(to, zone)),
    /** Formats a time with seconds. */
    exactTime: (instant: string, zone: ReaderZone) =>
      `${dayIn(dayOf(instant, zone), zone)} ${secondTime(instant, zone).slice(11)}`,
    /** Formats a date of a policy. Its days begin in the time zone of the policy, which may differ. */
    dateOrTime: (instant: string, zone: ReaderZone) => atMidnight(date(dayOf(instant, zone)), instant, zone),
    dayOrTime: (instant: string, zone: ReaderZone) =>
      atMidnight(dayIn(dayOf(instant, zone), zone), instant, zone),
    /** The short form for narrow columns. */
    weekday: (day: string) => weekdays[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? '',
    month: (day: string) => monthName(day).slice(0, 3),
    shortDay,
    shortTime: (instant: string, zone: ReaderZone) =>
      `${shortDay(instant, zone)} ${clockTime(instant, zone)}`,
    /** Returns "a, b and 3 more". */
    andMore: (names: readonly string[], more: number) =>
      writing.andMore(names, Math.max(0, more), names.length + more),
  };
}

type Phrasing = ReturnType<typeof buildPhrasing>;

function buildWords(messages: EnglishMessages, phrasing: Phrasing) {
  const { blindSpots, nothingSeen, findings, actions, sections, comparison } = messages;
  return {
    ...phrasing,
    ...messages,
    blindSpots: {
      ...blindSpots,
      /** `reason`: a text of GAP_WORDS. */
      gapReason(reason: string): string {
        const [reasonKey] = GAP_REASONS.find(([, words]) => words === reason) ?? [];
        return reasonKey === undefined ? reason : blindSpots.gapReasons[reasonKey];
      },
      noRecords: (spans: readonly { readonly from: string; readonly to: string | null }[]) =>
        blindSpots.noRecords(
          spans.map(({ from, to }) => blindSpots.recordSpan(from, to)).join(blindSpots.andSpan),
        ),
    },
    nothingSeen: {
      ...nothingSeen,
      /** `span` and `notVisible` (a share of bytes) are null if there is none. */
      noneOf: (tools: string, hosts: number, span: string | null, notVisible: string | null) =>
        nothingSeen.noneOf(
          tools,
          hosts,
          span?.replace('–', nothingSeen.dash).replaceAll(/ {2,}/g, ' ') ?? null,
          notVisible,
        ),
    },
    findings: {
      ...findings,
      clients: (names: readonly string[], more: number) => findings.clients(names, more, names.length + more),
      /** `text`: the English text in the document. */
      next: ({ result, service }: Pick<Finding, 'result' | 'service'>, text: string) =>
        findings.next(result, service !== undefined, text),
    },
    actions: {
      ...actions,
      /** Returns null if the finding does not justify a mail. The text includes its full stops. */
      opening: (result: Finding['result']) => nullIfEmpty(actions.opening(result)),
    },
    sections: {
      ...sections,
      advisories: {
        ...sections.advisories,
        versions: ([first, last]: VersionSpan) =>
          sections.advisories.versions(first, last === null ? null : lastVersion(last), first === last),
      },
    },
    comparison: {
      ...comparison,
      limits: buildLimits(comparison.limits, phrasing),
    },
  };
}

const buildLimits = (limits: EnglishMessages['comparison']['limits'], phrasing: Phrasing) =>
  Object.fromEntries(
    Object.entries(limits).map(([limit, print]) => [
      limit,
      ({ span, share, names }: LimitFacts) =>
        print(span, names, phrasing.share(share), phrasing.share(1 - share), share === 1),
    ]),
  ) as Readonly<Record<keyof typeof limits, (facts: LimitFacts) => string>>;

function buildPageWords({ page }: EnglishMessages, isEnglish: boolean) {
  const { frame, verdict, hosts } = page;
  const { doubts, ...evidence } = page.evidence;
  return {
    ...page,
    frame: {
      ...frame,
      /** Null in English. */
      scriptWords: (): ScriptWords | null =>
        isEnglish
          ? null
          : {
              ...frame.scriptWords,
              hosts: [frame.scriptWords.hosts.one, frame.scriptWords.hosts.more],
              lines: [frame.scriptWords.lines.one, frame.scriptWords.lines.more],
            },
      /** Explains that some parts are in English; null in English. */
      englishParts: () => nullIfEmpty(frame.englishParts),
    },
    verdict: {
      ...verdict,
      /** Joins parts of sentences without full stops to one or several sentences. */
      joined: (parts: readonly string[]) => verdict.joined(parts.join(verdict.clauseBreak)),
      toolsSeen: (names: readonly string[], left: number, hostsWith: number, amount: number) =>
        verdict.toolsSeen(names, left, hostsWith, amount, names.length + left),
    },
    hosts: {
      ...hosts,
      /** Returns the head of the days that rules ban. */
      banned: (banned: Banned | keyof typeof hosts.bannedBlocks) =>
        typeof banned === 'string' ? hosts.bannedBlocks[banned] : hosts.bannedBy(banned),
    },
    evidence: {
      ...evidence,
      /** Explains evidence against a use by its rule, before its statement; null if the statement is sufficient. */
      doubt: (rule: string) => wordIn(doubts, rule),
    },
  };
}

function buildSheets({ employee }: EnglishMessages) {
  return {
    employee: {
      ...employee,
      description: (tool: string, vendor: string, kind: string) =>
        employee.description(tool, vendor, wordIn(employee.kinds, kind) ?? employee.otherKind),
      /** Lists, row by row, which data are recorded and which are not. */
      notes: (isPseudonym: boolean): readonly (readonly [string, string])[] => [
        [employee.notes.traffic.noted, employee.notes.traffic.notNoted],
        [employee.notes.hello.noted, employee.notes.hello.notNoted],
        [employee.notes.machine.noted(isPseudonym), employee.notes.machine.notNoted],
      ],
      deleted(windowDays: number | null, findingDays: number | null) {
        const clauses = [
          windowDays === null ? '' : employee.deletedRecords(windowDays),
          findingDays === null ? '' : employee.deletedFindings(findingDays),
        ].filter((clause) => clause !== '');
        const kind = windowDays !== null ? 'findings' : findingDays !== null ? 'records' : 'both';
        return (
          (clauses.length === 0 ? '' : employee.deleted(clauses.join(employee.andDeleted))) +
          (clauses.length === 2 ? '' : employee.noRetention(kind))
        );
      },
    },
  };
}

/** `sentences`: compiled messages of the same language. */
function buildReportWords(compiled: CompiledMessages, sentences: object) {
  const { listSeparator, lastSeparator } = (compiled as unknown as Pick<EnglishMessages, 'writing'>).writing;
  const messages = buildMessages<File>(compiled, {
    separator: listSeparator,
    and: (items) =>
      items.length < 2
        ? items.join('')
        : `${items.slice(0, -1).join(listSeparator)}${lastSeparator}${items.at(-1)}`,
  });
  const phrasing = buildPhrasing(messages);
  return {
    sentenceText: sentencesIn(sentences),
    ...buildWords(messages, phrasing),
    ...buildSheets(messages),
    page: buildPageWords(messages, phrasing.tag === 'en'),
  };
}

export type ReportWords = ReturnType<typeof buildReportWords>;

export const ENGLISH_WORDS = buildReportWords(MESSAGES, SENTENCES);

/** English formats: "8 July" and "8 July 2026" for 2026-07-08, "10 July 09:12", "07-08", "07-08 09:12". */
export const { day: formatDay, date: formatDate, time: longTime, timeSpan: longSpan } = ENGLISH_WORDS;
export const { shortDay, shortTime, span: formatDaySpan, weekday, month: shortMonth } = ENGLISH_WORDS;

export async function messagesFor(language: Language = 'en'): Promise<ReportWords> {
  if (language === 'en') return ENGLISH_WORDS;
  const [messages, sentences] = await OTHER_LANGUAGES[language]();
  return buildReportWords(messages.MESSAGES, sentences.MESSAGES);
}

/** Returns the text for a word of a closed list; other words unchanged. */
export const wordFor = (words: Readonly<Record<string, string>>, name: string): string => words[name] ?? name;
