// Renders the health of connections on a page: a chart over time, a table of tools and one of names.

import type { DelayFigure, Health, HealthAt, HealthSums, Latency } from '../../model/health.ts';
import { formatCount, joinWords, plural } from '../../text/quantity.ts';
import { nextStep, STEP_WORDS } from '../../time/steps.ts';
import { longTime, shortDay } from '../text/english-words.ts';
import {
  DELAY_NOTE,
  delayText,
  HEALTH_NOTE,
  placesText,
  repeatedText,
  shareText,
} from '../text/health-words.ts';
import { clockTime, type ReaderZone, unixSeconds } from '../text/instant-text.ts';
import { type Html, html, join, NOTHING, roundCoordinate } from './markup.ts';

export interface HealthLinks {
  readonly tool: (id: string) => string;
  readonly name: (name: string) => string;
}

/** Maximum rows of a table; the data contain all of them. */
const MAX_ROWS = 200;

export function healthSection(health: Health, zone: ReaderZone, links: HealthLinks): Html {
  const { total, tools, names, step, suppressed } = health;
  if (total.tried === 0 && suppressed === 0)
    return html`<p class="lead">No connection to a name of an AI coding tool was seen in this period. That does not prove that none was tried.</p>`;
  const axis = findAxis(total.steps, step, zone);
  return html`<p class="lead">${HEALTH_NOTE}</p>${suppressed === 0 ? NOTHING : html`<p class="note">${plural(suppressed, 'row')} of too few hosts ${suppressed === 1 ? 'is' : 'are'} left out.</p>`}
${axis === null ? NOTHING : drawCharts(total, axis, health, zone)}
${renderRows({ id: 'ht', title: 'Tools', head: 'Tool', rows: tools.map((tool) => ({ text: tool.name, to: links.tool(tool.tool), sums: tool })) }, axis)}
${renderRows({ id: 'hm', title: 'Names', head: 'Name', rows: names.map((name) => ({ text: name.name, to: links.name(name.name), sums: name })) }, axis)}
<p class="sm soft">${DELAY_NOTE}</p>`;
}

// Draws charts. Bars are on an axis of time; each is as wide as its step.

interface Axis {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly endOf: (startSeconds: number) => number;
}

/** Returns null without steps. */
function findAxis(steps: readonly HealthAt[], step: Health['step'], zone: ReaderZone): Axis | null {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return null;
  const endOf = (startSeconds: number): number => nextStep(startSeconds, step, zone);
  return { fromSeconds: unixSeconds(first.start), toSeconds: endOf(unixSeconds(last.start)), endOf };
}

const WIDTH = 1000;

interface Bar {
  readonly at: HealthAt;
  /** Heights from the axis upwards, with their classes. */
  readonly parts: readonly (readonly [height: number, className: string])[];
}

/** Draws bars without text, because the page may stretch them. The labels are around them. */
function drawBars(
  all: readonly Bar[],
  { fromSeconds, toSeconds, endOf }: Axis,
  height: number,
  label: string,
): Html {
  const x = (seconds: number): number => (WIDTH * (seconds - fromSeconds)) / (toSeconds - fromSeconds);
  const rects = all.map(({ at, parts }) => {
    const start = unixSeconds(at.start);
    const slot = x(endOf(start)) - x(start);
    const [left, width] = [x(start) + slot * 0.08, Math.max(0.8, slot * 0.84)];
    let below = 0;
    return parts.map(([part, className]) => {
      if (part <= 0) return NOTHING;
      below += part;
      return html`<rect x="${roundCoordinate(left)}" y="${roundCoordinate(height - below)}" width="${roundCoordinate(width)}" height="${roundCoordinate(part)}" class="${className}"/>`;
    });
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="none" height="${height}" role="img" aria-label="${label}"><line x1="0" x2="${WIDTH}" y1="${roundCoordinate(height - 0.5)}" y2="${roundCoordinate(height - 0.5)}" class="axis"/>${rects}</svg>`;
}

const sumFailed = ({ stopped, unresolved }: HealthAt): number => stopped + unresolved;

const RESULTS_HEIGHT = 110;
const DELAYS_HEIGHT = 44;

function drawCharts(total: HealthSums, axis: Axis, { step }: Health, zone: ReaderZone): Html {
  const { steps } = total;
  const top = Math.max(1, ...steps.map((at) => at.passed + sumFailed(at)));
  const scale = (RESULTS_HEIGHT - 2) / top;
  const unit = STEP_WORDS[step];
  const results = drawBars(
    steps.map((at) => ({
      at,
      parts: [
        [sumFailed(at) * scale, 'c-vio'],
        [at.passed * scale, 'c-bef'],
      ],
    })),
    axis,
    RESULTS_HEIGHT,
    `Connections that passed and that were stopped, per ${unit}: the same figures stand in the table below`,
  );
  return html`<figure class="health"><figcaption><span class="key"><i class="c-bef"></i>passed</span><span class="key"><i class="c-vio"></i>stopped or not resolved</span> per ${unit}, at most ${formatCount(top)}</figcaption>${results}
${drawDelays('Connection latency', steps, axis, ({ connection }) => connection)}${drawDelays('First-answer latency', steps, axis, ({ answer }) => answer)}
<div class="ends sm soft"><span>${formatEdge(axis.fromSeconds, zone)}</span><span>${formatEdge(axis.toSeconds, zone)}</span></div></figure>
${renderSteps(steps, step, zone)}`;
}

const formatEdge = (seconds: number, zone: ReaderZone): string =>
  longTime(new Date(seconds * 1000).toISOString(), zone);

/** Draws upper bounds of medians, and nothing without measurements. */
function drawDelays(
  title: string,
  steps: readonly HealthAt[],
  axis: Axis,
  delayAt: (at: HealthAt) => DelayFigure | null,
): Html {
  const computeHeight = (at: HealthAt): number => {
    const delay = delayAt(at);
    return delay === null ? 0 : (delay.toMs ?? delay.fromMs);
  };
  const top = Math.max(...steps.map(computeHeight));
  if (top === 0) return html`<p class="sm soft">${title}: not measured.</p>`;
  const slowest = steps.flatMap((at) => delayAt(at) ?? []).reduce((a, b) => (b.fromMs > a.fromMs ? b : a));
  const drawn = steps.map(
    (at): Bar => ({ at, parts: [[(computeHeight(at) * (DELAYS_HEIGHT - 2)) / top, 'c-g']] }),
  );
  return html`<figcaption>${title}, slowest median ${delayText(slowest)}</figcaption>${drawBars(drawn, axis, DELAYS_HEIGHT, `${title}: the same figures stand in the table below`)}`;
}

function renderSteps(steps: readonly HealthAt[], step: Health['step'], zone: ReaderZone): Html {
  const shown = steps.slice(-MAX_ROWS);
  const time = (start: string): string =>
    step === 'day' ? shortDay(start, zone) : `${shortDay(start, zone)} ${clockTime(start, zone)}`;
  const rows = shown.map(
    (at) =>
      html`<tr><th scope="row">${time(at.start)}</th>${cells([
        ['Passed', formatCount(at.passed)],
        ['Stopped', formatCount(at.stopped)],
        ['Not resolved', formatCount(at.unresolved)],
        ['Connection', delayText(at.connection)],
        ['First answer', delayText(at.answer)],
      ])}</tr>`,
  );
  const left = steps.length - shown.length;
  return html`<details class="np"><summary>Figures over time</summary><div class="scroll" role="region" aria-label="Figures over time, table" tabindex="0"><table class="cards"><caption class="sr">Connections over time</caption><thead><tr><th scope="col">Time</th><th scope="col" class="n">Passed</th><th scope="col" class="n">Stopped</th><th scope="col" class="n">Not resolved</th><th scope="col" class="n">Connection latency, median</th><th scope="col" class="n">First answer, median</th></tr></thead><tbody>${rows}</tbody></table></div>${left > 0 ? html`<p class="sm soft">${plural(left, 'earlier row')} in the data.</p>` : ''}</details>`;
}

const cells = (all: readonly (readonly [label: string, text: string])[]): Html[] =>
  all.map(([label, text]) => html`<td class="n" data-l="${label}">${text}</td>`);

// Renders the tables of tools and names.

interface Row {
  readonly text: string;
  readonly to: string;
  readonly sums: HealthSums;
}

interface RowTable {
  readonly id: string;
  readonly title: string;
  readonly head: string;
  readonly rows: readonly Row[];
}

/** A column of measurements. Without any, the sentence above the table has its name. */
interface Measured {
  readonly name: string;
  readonly head: string | Html;
  readonly has: (sums: HealthSums) => boolean;
  readonly cell: (sums: HealthSums) => Html;
}

const MEASURED: readonly Measured[] = [
  {
    name: 'connection latency',
    head: html`Connection latency<br>median, 95 %`,
    has: ({ connection }) => connection !== null,
    cell: ({ connection }) => renderLatency('Connection', connection),
  },
  {
    name: 'latency of the first answer',
    head: html`First answer<br>median, 95 %`,
    has: ({ answer }) => answer !== null,
    cell: ({ answer }) => renderLatency('First answer', answer),
  },
  {
    name: 'repeated segments',
    head: 'Sent again',
    has: ({ segments }) => segments > 0,
    cell: (sums) => html`<td class="n" data-l="Sent again">${repeatedText(sums)}</td>`,
  },
];

function renderRows({ id, title, head, rows }: RowTable, axis: Axis | null): Html {
  if (rows.length === 0) return NOTHING;
  const left = rows.length - MAX_ROWS;
  const isKnown = ({ has }: Measured): boolean => rows.some(({ sums }) => has(sums));
  const measured = MEASURED.filter(isKnown);
  const unknown = MEASURED.filter((column) => !isKnown(column)).map(({ name }) => name);
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title} <span class="cnt">${rows.length}</span></h2>${unknown.length === 0 ? NOTHING : html`<p class="sm soft">Not measured: ${joinWords(unknown)}.</p>`}<div class="scroll" role="region" aria-label="${title}, table" tabindex="0"><table class="cards hl"><caption class="sr">Health by ${head.toLowerCase()}</caption><thead><tr><th scope="col">${head}</th><th scope="col" class="n">Tried</th><th scope="col" class="n">Passed</th><th scope="col" class="n">Stopped</th><th scope="col" class="n">Not resolved</th><th scope="col">Place</th>${measured.map((column) => html`<th scope="col" class="n">${column.head}</th>`)}<th scope="col">Over time</th></tr></thead><tbody>
${join(rows.slice(0, MAX_ROWS).map((row) => renderRow(row, measured, axis)))}</tbody></table></div>${left > 0 ? html`<p class="sm soft">${plural(left, 'more row')} in the data.</p>` : ''}</section>`;
}

function renderRow({ text, to, sums }: Row, measured: readonly Measured[], axis: Axis | null): Html {
  return html`<tr><th scope="row"><a href="${to}">${text}</a></th>${cells([
    ['Tried', formatCount(sums.tried)],
    ['Passed', formatCount(sums.passed)],
    ['Stopped', shareText(sums.stopped, sums)],
    ['Not resolved', shareText(sums.unresolved, sums)],
  ])}<td class="w" data-l="Place">${placesText(sums)}</td>${measured.map(({ cell }) => cell(sums))}<td class="sn">${axis === null ? '' : drawSpark(sums, axis)}</td></tr>
`;
}

const renderLatency = (label: string, latency: Latency | null): Html =>
  latency === null
    ? html`<td class="n w soft" data-l="${label}">not measured</td>`
    : html`<td class="n w" data-l="${label}"><span>${delayText(latency.median)}<span class="p95">95 %: ${delayText(latency.p95)}</span></span></td>`;

const SPARK_HEIGHT = 22;

/** Draws shares of each step, so that small tools have a visible line. */
function drawSpark({ steps, tried, stopped, unresolved }: HealthSums, axis: Axis): Html {
  const drawn = steps.map((at): Bar => {
    const all = at.passed + sumFailed(at);
    const height = (count: number): number => (all === 0 ? 0 : (count * (SPARK_HEIGHT - 2)) / all);
    return {
      at,
      parts: [
        [height(sumFailed(at)), 'c-vio'],
        [height(at.passed), 'c-bef'],
      ],
    };
  });
  return html`<div class="hs">${drawBars(drawn, axis, SPARK_HEIGHT, `${formatCount(stopped + unresolved)} of ${formatCount(tried)} stopped or not resolved`)}</div>`;
}
