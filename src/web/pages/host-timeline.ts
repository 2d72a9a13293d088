// The timeline of one host: its tools, findings and diagnoses on one axis, and the time that was not observed.

import type { Diagnosis } from '../../model/diagnosis.ts';
import type { Finding, HostReport, ToolUse } from '../../model/report.ts';
import { observedSpans } from '../../report/comparison/observation.ts';
import { groupTroubles } from '../../report/html/diagnosis-section.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { OUTCOME_STYLES, outcomeTag } from '../../report/html/outcome-style.ts';
import { type PageModel, toolName } from '../../report/html/page-model.ts';
import type { SectionLinks } from '../../report/html/section-links.ts';
import { longSpan, longTime } from '../../report/text/english-words.ts';
import { nextDay } from '../../report/text/instant-text.ts';
import { formatCount, plural } from '../../text/quantity.ts';
import { parseInstant } from '../../time/instant.ts';
import { spanLength, spansWithout, type TimeSpan, uniteSpans } from '../../time/spans.ts';
import { DAY_SECONDS, HOUR_SECONDS, US } from '../../time/units.ts';

/** Maximum number of lanes of each kind; the sections below list all. */
const MAX_LANES = 20;
/** Marks closer than one unit are drawn as one, so that a lane has at most this many. */
const UNITS = 1_000;
/** Minimum width of a mark, so that short use is visible. */
const MIN_UNITS = 3;
const MAX_LINES = 31;

interface Lane {
  readonly label: Html;
  readonly marks: readonly TimeSpan[];
  readonly tone: string;
  readonly when: string;
}

type LaneGroup = readonly [title: string, lanes: readonly Lane[]];

function buildLanes(
  { document, zone, messages }: PageModel,
  host: HostReport,
  diagnoses: readonly Diagnosis[],
  links: SectionLinks,
): readonly LaneGroup[] {
  /** Returns the spans of days, with the first and the last cut to the observed use. */
  const daySpans = (days: readonly string[], first: string, last: string): TimeSpan[] => {
    const [fromUs, untilUs] = [parseInstant(first), parseInstant(last)];
    return days.map((day) => ({
      fromUs: Math.max(zone.startOfDay(day) * US, fromUs),
      untilUs: Math.max(Math.min(zone.startOfDay(nextDay(day)) * US, untilUs), fromUs) + 1,
    }));
  };
  const ofUse = (use: ToolUse): Lane => ({
    label: html`${use.name} <span class="soft">${messages.confidences[use.confidence]}</span>`,
    marks: daySpans(
      use.days.map(({ date }) => date),
      use.firstSeen,
      use.lastSeen,
    ),
    tone: 'c-bef',
    when: longSpan(use.firstSeen, use.lastSeen, zone),
  });
  const ofFinding = (finding: Finding): Lane => {
    const { result, tool, rule, days, first, last } = finding;
    const to = links.finding(finding);
    const words = `${toolName(document, tool)}, rule ${rule}`;
    return {
      label: html`${outcomeTag(result, messages)} ${to === null ? words : html`<a href="${to}">${words}</a>`}`,
      marks: daySpans(days, first, last),
      tone: `f-${OUTCOME_STYLES[result].tone}`,
      when: longSpan(first, last, zone),
    };
  };
  const lanesOfTrouble = groupTroubles(diagnoses).map(({ first, others }, i): Lane => {
    const all = [first, ...others];
    const names = [...new Set(all.map(({ name }) => name))];
    const [from = first.firstSeen] = all.map(({ firstSeen }) => firstSeen).sort();
    const ends = all.map(({ lastSeen }) => lastSeen).sort();
    const more = names.length > 1 ? ` and ${plural(names.length - 1, 'more name')}` : '';
    return {
      label: html`<a href="${links.health({ host: host.host })}#d${i}">${first.fault}</a> <span class="soft">${first.effect}, ${first.confidence}: ${first.name}${more}</span>`,
      marks: all.map(({ firstSeen, lastSeen }) => ({
        fromUs: parseInstant(firstSeen),
        untilUs: parseInstant(lastSeen) + 1,
      })),
      tone: 'p7',
      when: longSpan(from, ends.at(-1) ?? first.lastSeen, zone),
    };
  });
  return [
    ['Tools', [...host.tools, ...host.providers].map(ofUse)],
    ['Findings', (document.findings ?? []).map(ofFinding)],
    ['Diagnoses', lanesOfTrouble],
  ];
}

/** `diagnoses`: of this host, in the span of the document. NOTHING without a span or anything in it. */
export function hostTimeline(
  model: PageModel,
  host: HostReport,
  diagnoses: readonly Diagnosis[],
  links: SectionLinks,
): Html {
  const { document, zone } = model;
  const { since, until } = document.period;
  if (since === null || until === null) return NOTHING;
  const span = { fromUs: parseInstant(since), untilUs: parseInstant(until) };
  // A document without a requested span has no times of its sensors, so its own span applies.
  const observedBy = [{ sensor: '', first: since, last: until }];
  const hidden = spansWithout([span], observedSpans({ observedBy, ...document }, span, zone));
  const groups = buildLanes(model, host, diagnoses, links);
  if (groups.every(([, lanes]) => lanes.length === 0)) return NOTHING;
  const hours = (spans: readonly TimeSpan[]): string =>
    formatCount(Math.round(spanLength(spans) / US / HOUR_SECONDS));
  const gaps: Lane = {
    label: html`Not observed`,
    marks: hidden,
    tone: 'p6',
    when:
      hidden.length === 0
        ? 'no gap'
        : `${plural(hidden.length, 'gap')}, ${hours(hidden)} of ${hours([span])} hours`,
  };
  const [lines, unit] = drawLines(span, zone.startOfDay(zone.dayOf(span.fromUs / US)) * US);
  const back = html`<g class="p3">${rectangles(hidden, span, 0, 16)}</g>${lines}`;
  const rows = (lanes: readonly Lane[]): Html[] =>
    lanes
      .slice(0, MAX_LANES)
      .map(
        ({ label, marks, tone, when }) =>
          html`<tr><th scope="row">${label}</th><td class="tlb"><svg viewBox="0 0 ${UNITS} 16" preserveAspectRatio="none" aria-hidden="true">${back}<g class="${tone}">${rectangles(marks, span, 3, 10)}</g></svg></td><td>${when}</td></tr>`,
      );
  const body = groups
    .filter(([, lanes]) => lanes.length > 0)
    .map(
      ([name, lanes]) =>
        html`<tbody><tr class="gr"><th colspan="3" scope="rowgroup">${name} <span class="cnt">${lanes.length}</span></th></tr>${rows(lanes)}</tbody>`,
    );
  return html`<section id="timeline" aria-labelledby="tlh"><h2 id="tlh">Timeline</h2><table class="ev tl"><caption class="sm soft">Days with use, findings and diagnoses on one axis${unit}. Shaded: not observed, so nothing there proves that a tool was not used.</caption><thead><tr><th scope="col">What</th><th scope="col"><span class="ends"><span>${longTime(since, zone)}</span><span>${longTime(until, zone)}</span></span></th><th scope="col">When</th></tr></thead>${body}<tbody><tr class="gr"><th colspan="3" scope="rowgroup">Gaps</th></tr>${rows([gaps])}</tbody></table></section>
`;
}

/** Draws spans as rectangles. One unit is a thousandth of the axis. */
function rectangles(spans: readonly TimeSpan[], axis: TimeSpan, y: number, height: number): Html[] {
  const unit = (us: number): number =>
    Math.min(Math.max(((us - axis.fromUs) / (axis.untilUs - axis.fromUs)) * UNITS, 0), UNITS);
  const drawn = spans.map(({ fromUs, untilUs }) => {
    const from = Math.min(Math.floor(unit(fromUs)), UNITS - MIN_UNITS);
    return { fromUs: from, untilUs: Math.max(Math.ceil(unit(untilUs)), from + MIN_UNITS) };
  });
  return uniteSpans(drawn).map(
    ({ fromUs, untilUs }) =>
      html`<rect x="${fromUs}" y="${y}" width="${untilUs - fromUs}" height="${height}"/>`,
  );
}

/**
 * Draws grid lines of hours, days or weeks from the start of the first day on. Returns them with the text of their distance.
 */
function drawLines(axis: TimeSpan, startUs: number): readonly [Html[], string] {
  const length = axis.untilUs - axis.fromUs;
  const [seconds, words] = LINES.find(([interval]) => length / US / interval <= MAX_LINES) ?? [
    length / US,
    '',
  ];
  const lines: Html[] = [];
  for (let at = startUs; at < axis.untilUs; at += seconds * US) {
    const x = Math.round(((at - axis.fromUs) / length) * UNITS);
    if (x > 0) lines.push(html`<path class="axis" d="M${x} 0V16" vector-effect="non-scaling-stroke"/>`);
  }
  return [lines, words];
}

const LINES = [
  [HOUR_SECONDS, ', a line for each hour'],
  [DAY_SECONDS, ', a line for each day'],
  [7 * DAY_SECONDS, ', a line for each week'],
  [28 * DAY_SECONDS, ', a line every four weeks'],
] as const;
