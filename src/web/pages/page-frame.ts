// Draws the frame of every page: head, navigation, the requested span, foot.

import type { ReportDocument } from '../../model/report.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { countClients } from '../../report/text/client-hosts.ts';
import { longSpan, longTime } from '../../report/text/english-words.ts';
import { readerZone } from '../../report/text/instant-text.ts';
import { plural } from '../../text/quantity.ts';
import { secondsOfDateTime } from '../../time/datetime.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import { getAddress, keepSpan, listParameters, type Question } from '../address-question.ts';
import { ANALYZER_PATH } from '../analyzer-page.ts';
import { SCRIPT_ASSET, STYLE_ASSET } from '../assets.ts';

/** Facts about the source that every page shows. */
export interface SourceStatus {
  readonly places: readonly (readonly [path: string, name: string])[];
  readonly wiretally: string;
  /** Version of the stored data; it changes with every write. */
  readonly version: string;
  /** A warning on every page: the source cannot be read again. */
  readonly trouble: string | null;
  /** True if there is a page that analyzes captures in the browser. */
  readonly hasAnalyzer: boolean;
  /** Warnings about interfaces of the sensor that are down. */
  readonly interfaceWarnings: readonly string[];
  /** Time until the open window of a running sensor closes; null without a sensor. */
  readonly closes: string | null;
}

export interface PageContent {
  readonly title: string;
  readonly path: string;
  readonly question: Question;
  readonly document: ReportDocument;
  readonly sourceStatus: SourceStatus;
  /** True for a page that does not change when new data arrives. */
  readonly isStill: boolean;
  readonly body: Html;
  /** Form that chooses a span; most pages have the default form. */
  readonly chooser?: Html;
}

export function pageText(content: PageContent): string {
  const { title, path, question, document, sourceStatus, isStill, body } = content;
  const zone = readerZone(document);
  const { since, until } = document.period;
  const span = since === null || until === null ? 'no data yet' : longSpan(since, until, zone);
  const spanOnly = keepSpan(question);
  return shell(
    title,
    html`<header class="bar"><div><span class="logo">Wiretally</span><nav aria-label="Pages">${listPlaces(sourceStatus, document).map(([place, name]) => html`<a href="${getAddress(place, spanOnly)}"${place === path ? html` aria-current="page"` : ''}>${name}</a>`)}${sourceStatus.hasAnalyzer ? html`<a href="${ANALYZER_PATH}">Analyze a file</a>` : NOTHING}</nav><form action="/search#main" role="search"><label class="sr" for="search">Search hosts, tools, names and findings</label><input id="search" type="search" name="q" size="14" maxlength="256" value="${question.q}" placeholder="Search">${renderHiddenInputs(spanOnly)}</form><button type="button" class="btn" id="theme" aria-pressed="false">Dark</button><button type="button" class="btn" id="print">Print</button></div></header>
<p class="live sm soft" id="live" role="status">${document.generated === null ? '' : `As of ${longTime(document.generated, zone)} (${document.period.timezone})`}</p><main id="main" data-version="${sourceStatus.version}"${isStill ? html` data-still` : ''}><div class="head"><span><b>AI coding tools on the network</b>${document.policy === undefined ? '' : `, ${document.policy.name}`}</span><span>${span}, ${document.period.timezone} · ${plural(countClients(document), 'host')}</span></div>
${sourceStatus.interfaceWarnings.map((sentence) => html`<p class="note viol" role="status">${sentence}</p>`)}${sourceStatus.trouble === null ? NOTHING : html`<p class="note susp" role="status">${sourceStatus.trouble}</p>`}${content.chooser ?? spanForm(path, question, document)}${since === null || document.observedBy?.length === 0 ? emptyNote(content, zone) : NOTHING}
${body}</main>
<footer>Wiretally ${document.wiretally}, catalogue ${document.catalogue}. These pages make no requests to other servers.</footer>`,
  );
}

/** States when the first data comes, or where the stored data is. */
function emptyNote({ path, question, document, sourceStatus: { closes } }: PageContent, zone: Zone): Html {
  const { recordsFrom, recordsUntil } = document;
  const words =
    recordsFrom !== null && recordsUntil !== null
      ? html`No data is stored for this period. The stored data covers ${longSpan(recordsFrom, recordsUntil, zone)}: <a href="${getAddress(path, question, { since: '', until: '' })}">show all of it</a>.`
      : closes !== null
        ? html`The sensor is running. The first data appears here in <span data-live="closes">${closes}</span>. Until then the <a href="/">Overview</a> shows what was seen so far.`
        : html`No data is stored yet. This page updates itself within seconds after <code>wiretally watch --write</code>, <code>analyze --store</code> or <code>fleet collect</code> writes the first data.`;
  return html`<p class="note">${words}</p>`;
}

/** Lists the pages of the navigation. The page about sensors exists only for a fleet. */
const listPlaces = ({ places }: SourceStatus, { sensors }: ReportDocument): SourceStatus['places'] =>
  places.filter(([place]) => place !== '/sensors' || sensors !== undefined);

/** Builds a page without a document: an error, or the interim page before the first document. */
export function plainPage(title: string, body: Html): string {
  return shell(
    title,
    html`<header class="bar"><div><span class="logo">Wiretally</span><nav aria-label="Pages"><a href="/">Overview</a></nav><button type="button" class="btn" id="theme" aria-pressed="false">Dark</button><button type="button" class="btn" id="print">Print</button></div></header>
<main id="main"><h1 class="title">${title}</h1>${body}</main>`,
  );
}

function shell(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – Wiretally</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${STYLE_ASSET.path}">
<script src="${SCRIPT_ASSET.path}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${body}
</body>
</html>
`.markup;
}

export function renderHiddenInputs(question: Question): Html[] {
  return listParameters({ ...question, page: 1 }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PRESETS = [
  ['last hour', HOUR_MS],
  ['last 6 hours', 6 * HOUR_MS],
  ['last day', DAY_MS],
  ['last 7 days', 7 * DAY_MS],
  ['last 30 days', 30 * DAY_MS],
  ['last 90 days', 90 * DAY_MS],
] as const;

function spanForm(path: string, question: Question, document: ReportDocument): Html {
  const { since, until, ...rest } = question;
  const end = document.period.until;
  const zone = openZone(document.period.timezone);
  // Counts back from the end of the shown span, not from now: a store may be years old.
  const back = (ms: number): string => (end === null ? '' : formatInstant(Date.parse(end) - ms));
  // One host or tool may have no row in an hour.
  const leastMs = path.indexOf('/', 1) > 0 ? DAY_MS : 0;
  const presets = PRESETS.filter(([, ms]) => ms >= leastMs).map(
    ([words, ms]) => html`<a href="${getAddress(path, question, { since: back(ms), until })}">${words}</a>`,
  );
  const moved = spanMoves(document).map(
    ([words, from, to]) =>
      html`<a href="${getAddress(path, question, { since: from, until: to })}">${words}</a>`,
  );
  return html`<form class="ask" action="${path}#main">${renderHiddenInputs({ ...rest, since: '', until: '' })}${picker('since', 'From', since, zone)}${picker('until', 'Before', until, zone)}<button class="btn">Show</button><span class="presets"><a href="${getAddress(path, question, { since: '', until: '' })}">all</a>${end === null ? '' : presets}${since === '' && until === '' ? '' : moved}</span></form>`;
}

/** Builds date and time inputs, which work without script. `value`: time as in the URL. */
export function picker(name: string, label: string, value: string, zone: Zone): Html {
  const [day, time] = splitDateTime(value, zone);
  return html`<label>${label} <input type="date" name="${name}" value="${day}"></label><label class="at"><span class="sr">${label}, time</span><input type="time" name="${name}_time" value="${time}"></label>`;
}

/** Splits a time into day and time in the zone of the document; midnight is omitted. */
function splitDateTime(value: string, zone: Zone): readonly [day: string, time: string] {
  const seconds = value === '' ? null : secondsOfDateTime(value, zone.name);
  if (seconds === null) return ['', ''];
  const local = new Date((seconds + zone.offsetAt(seconds)) * 1000).toISOString();
  const time = local.slice(11, 16);
  return [zone.dayOf(seconds), time === '00:00' ? '' : time];
}

/** Lists the previous span, the next span, and one twice as long. */
function spanMoves({ period }: ReportDocument): (readonly [words: string, since: string, until: string])[] {
  if (period.since === null || period.until === null) return [];
  const [from, to] = [Date.parse(period.since), Date.parse(period.until)];
  const length = to - from;
  const span = (words: string, since: number, until: number) =>
    [words, formatInstant(since), formatInstant(until)] as const;
  return [
    span('earlier', from - length, from),
    span('later', to, to + length),
    span('zoom out', from - length / 2, to + length / 2),
  ];
}

/** Formats an instant in whole seconds, as in URLs. */
export const formatInstant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
