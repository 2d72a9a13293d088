// The page that compares two spans: its form, quick choices and result.

import type { Comparison, ReportDocument } from '../../model/report.ts';
import { comparisonSection } from '../../report/html/comparison-section.ts';
import { type Html, html } from '../../report/html/markup.ts';
import { ENGLISH_WORDS, formatDate } from '../../report/text/english-words.ts';
import { readerZone, unixSeconds } from '../../report/text/instant-text.ts';
import { shortInstant } from '../../time/instant.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { getAddress, type Question } from '../address-question.ts';
import { asData, buildPageLinks, buildRows, pager } from './links.ts';
import { type PageContent, picker, renderHiddenInputs } from './page-frame.ts';

const PATH = '/compare';
const HOSTS = 100;
/** Default length of a comparison. */
const USUAL_DAYS = 7;
const WEEK_DAYS = 7;
const FOUR_WEEKS_DAYS = 28;

export function comparePage(
  document: ReportDocument,
  comparison: Comparison | null,
  question: Question,
  keptUntil: string | null,
): Pick<PageContent, 'title' | 'path' | 'document' | 'body' | 'chooser'> {
  const zone = readerZone(document);
  const rows = buildRows(question, HOSTS);
  const isAsked = question.againstSince !== '' && question.since !== '';
  const body =
    comparison === null
      ? html`<p class="lead">${isAsked ? 'Nothing is kept of these spans.' : 'Choose two spans above, or one of the quick choices: the use in one is compared with the use in the other, by tool and host, as far as both were observed.'}</p>`
      : html`${comparisonSection(comparison, { document, messages: ENGLISH_WORDS }, rows, buildPageLinks(PATH, question))}${pager(PATH, question, rows, comparison.hosts.length)}${asData('compare', question)}${sameInTerminal(document, comparison)}`;
  return {
    title: 'Compare',
    path: PATH,
    document,
    chooser: chooser(document, question, keptUntil, zone),
    body: html`<h1 class="title">Compare two spans</h1>${body}`,
  };
}

function sameInTerminal({ command }: ReportDocument, { before }: Comparison): Html {
  return html`<p class="sm soft">The same in a terminal: <code>wiretally ${command} --against-since ${shortInstant(before.since)} --against-until ${shortInstant(before.until)}</code></p>`;
}

function chooser(document: ReportDocument, question: Question, keptUntil: string | null, zone: Zone): Html {
  const { since, until, againstSince, againstUntil } = question;
  const rest = { ...question, since: '', until: '', againstSince: '', againstUntil: '' };
  const choices = quickChoices(document, question, keptUntil, zone).map(
    ([words, chosen]) => html`<a href="${getAddress(PATH, question, chosen)}">${words}</a>`,
  );
  return html`<form class="ask" action="${PATH}#comparison">${renderHiddenInputs(rest)}${picker('since', 'From', since, zone)}${picker('until', 'Before', until, zone)}${picker('against_since', 'Against, from', againstSince, zone)}${picker('against_until', 'Against, before', againstUntil, zone)}<button class="btn">Compare</button><span class="presets">${choices}</span></form>`;
}

type Spans = Pick<Question, 'since' | 'until' | 'againstSince' | 'againstUntil'>;

/** Lists the quick choices. Days are written as days, so that addresses are readable. */
function quickChoices(
  document: ReportDocument,
  question: Question,
  keptUntil: string | null,
  zone: Zone,
): (readonly [words: string, spans: Spans])[] {
  const { period } = document;
  if (period.since === null || period.until === null) return [];
  const end = unixSeconds(period.until);
  const to = question.until === '' ? endOfDay(end, zone) : end;
  const from = question.since === '' ? to - USUAL_DAYS * DAY_SECONDS : unixSeconds(period.since);
  const word = (seconds: number): string => formatWord(seconds, zone);
  const shifted = (days: number): Spans => ({
    since: word(from),
    until: word(to),
    againstSince: word(sameClock(from, -days, zone)),
    againstUntil: word(sameClock(to, -days, zone)),
  });
  const length = (to - from) / DAY_SECONDS;
  const weeks = WEEK_DAYS * Math.max(1, Math.ceil(length / WEEK_DAYS));
  return [
    [
      'the span before',
      {
        since: word(from),
        until: word(to),
        againstSince: word(from - (to - from)),
        againstUntil: word(from),
      },
    ],
    [
      `the same weekdays ${weeks === WEEK_DAYS ? 'a week' : `${weeks / WEEK_DAYS} weeks`} before`,
      shifted(weeks),
    ],
    ...(weeks >= FOUR_WEEKS_DAYS
      ? []
      : [['the same weekdays four weeks before', shifted(FOUR_WEEKS_DAYS)] as const]),
    ...ruleChoices(document, keptUntil === null ? end : unixSeconds(keptUntil), zone),
  ];
}

const endOfDay = (seconds: number, zone: Zone): number => {
  const start = zone.startOfDay(zone.dayOf(seconds));
  return start === seconds ? seconds : sameClock(start, 1, zone);
};

/** Adds calendar days at the same clock time, also across a clock change. */
function sameClock(seconds: number, days: number, zone: Zone): number {
  const moved = seconds + days * DAY_SECONDS;
  return moved + zone.offsetAt(seconds) - zone.offsetAt(moved);
}

/** Returns "2026-07-10" for the start of a day, else the instant. */
function formatWord(seconds: number, zone: Zone): string {
  const day = zone.dayOf(seconds);
  return zone.startOfDay(day) === seconds ? day : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** Compares the time since a rule's grace period with an equally long time before the rule. */
function ruleChoices(
  { policy }: ReportDocument,
  end: number,
  zone: Zone,
): (readonly [words: string, spans: Spans])[] {
  return (policy?.rules ?? []).flatMap(({ id, effective, graceUntil }) => {
    if (effective === null) return [];
    const begins = unixSeconds(effective);
    const inForce = unixSeconds(graceUntil ?? effective);
    if (inForce >= end) return [];
    const to = endOfDay(end, zone);
    const spans: Spans = {
      since: formatWord(inForce, zone),
      until: formatWord(to, zone),
      againstSince: formatWord(begins - (to - inForce), zone),
      againstUntil: formatWord(begins, zone),
    };
    return [[`before and after ${id} (${formatDate(zone.dayOf(begins))})`, spans] as const];
  });
}
