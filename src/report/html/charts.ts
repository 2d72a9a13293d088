// Draws charts as SVG on the server: bars from zero with their counts printed, without smoothed lines.

import type { ReportWords } from '../text/english-words.ts';
import { dayOfMonth, isWeekend } from '../text/instant-text.ts';
import { type Html, html, join, roundCoordinate } from './markup.ts';

export interface DayBar {
  readonly day: string;
  /** Numbers of hosts, from the axis upwards. */
  readonly parts: readonly {
    readonly phase: 'before' | 'grace' | 'violation' | 'plain';
    readonly count: number;
  }[];
  /** No day of this bar was observed, so that its numbers are unknown, not zero. */
  readonly isUnobserved: boolean;
  /** Suspected hosts, drawn as an outlined box on top and not included in the number. */
  readonly suspected: number;
}

export interface DayMark {
  readonly day: string;
  readonly label: string;
  readonly isGrace: boolean;
}

const WIDTH = 420;
const HEIGHT = 190;
const LEFT = 28;
const TOP = 36;
const BASE = 150;

/** Draws hosts per day. `title` names the chart and its description states every number; the id must be unique. */
export function drawDays(
  bars: readonly DayBar[],
  marks: readonly DayMark[],
  title: { readonly id: string; readonly text: string },
  isDaily: boolean,
  messages: ReportWords,
): Html {
  const { weekday, month, day: dayText, listSeparator, fullStop, page } = messages;
  const top = Math.max(1, ...bars.map((bar) => sumParts(bar) + bar.suspected));
  const step = chooseStep(top);
  const ceiling = Math.ceil(top / step) * step;
  const slot = (WIDTH - LEFT) / Math.max(1, bars.length);
  const y = (count: number): number => BASE - ((BASE - TOP) * count) / ceiling;
  const x = (i: number): number => LEFT + slot * i;
  const isLabelled = (i: number): boolean => bars.length <= 10 || i % Math.ceil(bars.length / 10) === 0;
  const lines = [];
  for (let count = 0; count <= ceiling; count += step) {
    lines.push(
      html`<line x1="${LEFT - 2}" x2="${WIDTH}" y1="${roundCoordinate(y(count))}" y2="${roundCoordinate(y(count))}" class="${count === 0 ? 'axis' : 'grid'}"/><text x="${LEFT - 8}" y="${roundCoordinate(y(count) + 4)}" text-anchor="end">${count}</text>`,
    );
  }
  const description = bars
    .map((bar) => {
      const day = isDaily ? `${weekday(bar.day)} ${dayText(bar.day)}` : dayText(bar.day);
      return bar.isUnobserved
        ? page.verdict.barUnobserved(day, isDaily)
        : page.verdict.bar(day, isDaily, sumParts(bar), bar.suspected);
    })
    .join(listSeparator);
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${title.id} ${title.id}-d" class="chart"><title id="${title.id}">${title.text}</title><desc id="${title.id}-d">${description}${fullStop.trimEnd()}</desc>${join(
    bars.map((bar, i) => {
      const shade = bar.isUnobserved ? 'unobs' : isDaily && isWeekend(bar.day) ? 'wkend' : null;
      return shade === null
        ? html``
        : html`<rect x="${roundCoordinate(x(i))}" width="${roundCoordinate(slot)}" y="${TOP - 2}" height="${BASE - TOP + 2}" class="${shade}"/>`;
    }),
  )}${join(lines)}${join(bars.map((bar, i) => drawDay(bar, x(i), slot, y, isLabelled(i) ? (isDaily ? weekday(bar.day) : month(bar.day)) : null)))}${join(
    marks.map((mark) => {
      // A bar of several days has the first of them. A rule may be older than the report.
      const at = bars.findLastIndex((bar) => bar.day <= mark.day);
      return drawMark(mark, x(Math.max(at, 0)), marks.length);
    }),
  )}</svg>`;
}

function chooseStep(top: number): number {
  for (const unit of [1, 10, 100, 1000, 10_000])
    for (const factor of [1, 2, 5]) if (top / (unit * factor) <= 4) return unit * factor;
  return 50_000;
}

const sumParts = ({ parts }: DayBar): number => parts.reduce((sum, { count }) => sum + count, 0);

const PHASE_CLASS = { before: 'c-bef', grace: 'c-grc', violation: 'c-vio', plain: 'c-bef' } as const;

function drawDay(
  bar: DayBar,
  x: number,
  slot: number,
  y: (count: number) => number,
  label: string | null,
): Html {
  const width = Math.max(2, slot * 0.62);
  const left = x + (slot - width) / 2;
  const middle = roundCoordinate(x + slot / 2);
  const count = sumParts(bar);
  const suspectedTop = y(count + bar.suspected);
  const number = bar.isUnobserved
    ? html`–`
    : bar.suspected > 0
      ? html`${count}<tspan class="q">+${bar.suspected}?</tspan>`
      : html`${count}`;
  const drawBox = (from: number, to: number, className: string): Html =>
    to <= from
      ? html``
      : html`<rect x="${roundCoordinate(left)}" y="${roundCoordinate(y(to))}" width="${roundCoordinate(width)}" height="${roundCoordinate(y(from) - y(to))}" class="${className}"/>`;
  let below = 0;
  const parts = bar.parts.map(({ phase, count: more }) => {
    below += more;
    return drawBox(below - more, below, PHASE_CLASS[phase]);
  });
  return html`${parts}${drawBox(count, count + bar.suspected, 'c-sus')}${slot >= 18 ? html`<text x="${middle}" y="${roundCoordinate(suspectedTop - 5)}" text-anchor="middle" class="v">${number}</text>` : ''}${label !== null ? html`<text x="${middle}" y="166" text-anchor="middle" class="d">${label}</text><text x="${middle}" y="181" text-anchor="middle">${dayOfMonth(bar.day)}</text>` : ''}`;
}

function drawMark(mark: DayMark, x: number, marks: number): Html {
  // The label is on the side with more space, and that of the grace period below that of the ban if both are close.
  const isRight = x < WIDTH * 0.62;
  const y = mark.isGrace && marks > 1 ? 27 : 12;
  return html`<line x1="${roundCoordinate(x)}" x2="${roundCoordinate(x)}" y1="${y - 8}" y2="${BASE}" class="ban${mark.isGrace ? ' g' : ''}"/><text x="${roundCoordinate(isRight ? x + 4 : x - 4)}" y="${y}" text-anchor="${isRight ? 'start' : 'end'}" class="bl${mark.isGrace ? ' g' : ''}">${mark.label}</text>`;
}

/** Draws small bars of one tool. All rows have one scale, so that small tools look small. */
export function drawSpark(counts: readonly number[], top: number, label: string): Html {
  const slot = 11;
  const width = counts.length * slot;
  return html`<svg class="spark" viewBox="0 0 ${width} 22" width="${Math.min(width, 130)}" height="22" preserveAspectRatio="none" role="img" aria-label="${label}"><line x1="0" x2="${width}" y1="21.5" y2="21.5" class="axis"/>${counts.map(
    (count, i) => {
      const height = (20 * count) / Math.max(1, top);
      return count === 0
        ? ''
        : html`<rect x="${i * slot + 1}" width="8" y="${roundCoordinate(21 - height)}" height="${roundCoordinate(height)}" class="c-g"/>`;
    },
  )}</svg>`;
}

/** Draws model bytes and telemetry bytes as two bars, scaled to the largest line. The uncertain part of the second is paler. */
export function drawLedger(model: number, telemetryLow: number, telemetryHigh: number, top: number): Html {
  const formatPercent = (value: number): string =>
    `${Math.max(value > 0 ? 0.2 : 0, (100 * value) / top).toFixed(2)}%`;
  const drawBar = (from: number, to: number, y: number, name: string): Html =>
    to <= from
      ? html``
      : html`<rect x="${from === 0 ? '0' : formatPercent(from)}" y="${y}" width="${formatPercent(to - from)}" height="8" class="${name}"/>`;
  return html`<svg width="100%" height="24" aria-hidden="true">${drawBar(0, model, 2, 'c-mod')}${drawBar(0, telemetryLow, 13, 'c-tel')}${drawBar(telemetryLow, telemetryHigh, 13, 'c-tel2')}</svg>`;
}

/** Draws one bar of all bytes, divided by shares. */
export function shareBar(
  parts: readonly { readonly name: string; readonly share: number; readonly className: string }[],
  label: string,
): Html {
  let x = 0;
  const rects = parts.map((part) => {
    const rect = html`<rect x="${(100 * x).toFixed(2)}%" width="${(100 * part.share).toFixed(2)}%" y="1" height="24" class="${part.className}"/>`;
    x += part.share;
    return rect;
  });
  return html`<svg class="dark" width="100%" height="26" role="img" aria-label="${label}">${join(rects)}</svg>`;
}
