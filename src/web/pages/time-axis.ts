// The time axis of a page: use by day, or connections by minutes or quarter hours of a short span. Dragging
// selects a part of it. A script draws it; without script, the heads of the strip, the form and its links lead to the
// same spans.

import type { Health } from '../../model/health.ts';
import type { CoverageDay, HostReport } from '../../model/report.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import type { PageModel } from '../../report/html/page-model.ts';
import { dayPart, listParts, type ReportDays } from '../../report/text/day-strip.ts';
import { formatDate, longTime, shortMonth } from '../../report/text/english-words.ts';
import { clockTime, dayOfMonth, nextDay, unixSeconds } from '../../report/text/instant-text.ts';
import { plural } from '../../text/quantity.ts';
import { nextStep, STEP_WORDS, type Step } from '../../time/steps.ts';
import { ZOOM_ASSET } from '../assets.ts';
import { listCountedUses } from '../order.ts';
import { formatInstant } from './page-frame.ts';

/** Shows hosts by day, with `name` those of a tool; for a short span it shows connections (stepAxis). */
export const timeAxis = (model: PageModel, health: Health | null, name: string | null = null): Html =>
  stepAxis(model, health, name) ?? hostsZoom(model, name);

/** Shows the use of one host by day; for a short span its connections. */
export const hostAxis = (model: PageModel, health: Health | null): Html =>
  stepAxis(model, health, null) ?? useZoom(model);

/** Maximum number of bars: narrower ones are too thin to select. */
const MAX_PARTS = 400;
const WEEK_DAYS = 7;
const BYTES_PER_MB = 1_000_000;

interface Axis {
  readonly days: ReportDays;
  readonly daysPerPart: number;
  /** First day of each part. */
  readonly starts: readonly string[];
}

interface Drawn {
  /** Title, followed by "per day". */
  readonly title: string;
  readonly unit: string;
  readonly units: string;
}

/** Counts hosts with a tool or provider by day; with `name`, hosts with that one. */
function hostsZoom(model: PageModel, name: string | null): Html {
  const axis = findAxis(model);
  if (axis === null) return NOTHING;
  const hosts = axis.starts.map(() => 0);
  for (const { host } of model.rows)
    for (const part of partsUsed(host, axis)) hosts[part] = (hosts[part] ?? 0) + 1;
  const title = `Hosts with ${name ?? 'an AI coding tool or provider'}`;
  return figure(model, axis, hosts, { title, unit: 'host', units: 'hosts' });
}

/** Shows the use of one host by day, in the unit of its strip. */
function useZoom(model: PageModel): Html {
  const axis = findAxis(model);
  if (axis === null) return NOTHING;
  const isMinutes = model.measure === 'minutes';
  const amounts = axis.starts.map(() => 0);
  for (const { host } of model.rows) {
    for (const { days } of listCountedUses(host)) {
      for (const { date, activeMinutes, bytesUp, bytesDown } of days) {
        const amount = isMinutes ? (activeMinutes ?? 0) : (bytesUp + bytesDown) / BYTES_PER_MB;
        const part = dayPart(axis.days, axis.daysPerPart, date);
        amounts[part] = (amounts[part] ?? 0) + amount;
      }
    }
  }
  const drawn = isMinutes
    ? { title: 'Active minutes', unit: 'minute', units: 'minutes' }
    : { title: 'Traffic with AI tools in MB', unit: 'MB', units: 'MB' };
  const tenths = amounts.map((amount) => Math.round(amount * 10) / 10);
  return figure(model, axis, tenths, drawn);
}

function partsUsed(host: HostReport, { days, daysPerPart }: Axis): ReadonlySet<number> {
  return new Set(
    listCountedUses(host).flatMap((use) => use.days.map(({ date }) => dayPart(days, daysPerPart, date))),
  );
}

/** Returns null if there is nothing to select. */
function findAxis({ days, rows }: PageModel): Axis | null {
  if (days.count < 2 || rows.length === 0) return null;
  const daysPerPart = days.count <= MAX_PARTS ? 1 : WEEK_DAYS * Math.ceil(days.count / MAX_PARTS / WEEK_DAYS);
  return { days, daysPerPart, starts: listParts(days, daysPerPart) };
}

function figure(model: PageModel, axis: Axis, amounts: readonly number[], drawn: Drawn): Html {
  const { days, daysPerPart, starts } = axis;
  if (!amounts.some((amount) => amount > 0)) return NOTHING;
  const observed = new Set(model.document.coverage.map(({ date }) => dayPart(days, daysPerPart, date)));
  const unit = daysPerPart === 1 ? 'day' : plural(daysPerPart / WEEK_DAYS, 'week');
  const data = {
    ...drawn,
    starts: [...starts, nextDay(days.last)],
    labels: starts.map((day) => (daysPerPart === 1 ? formatDate(day) : `from ${formatDate(day)}`)),
    short: starts.map((day) => `${dayOfMonth(day)} ${shortMonth(day)}`),
    ticks: DAY_TICKS,
    // An unobserved day is not a zero.
    values: amounts.map((amount, part) => (amount > 0 || observed.has(part) ? amount : null)),
  };
  return markup(`${drawn.title}, per ${unit}`, data);
}

/** Possible numbers of days between two labels. */
const DAY_TICKS = [1, 2, 5, 7, 14, 28, 56, 91, 182];
const STEP_TICKS: Readonly<Record<Exclude<Step, 'day'>, readonly number[]>> = {
  minute: [5, 10, 15, 30],
  quarter: [1, 2, 4, 8, 12, 24, 48],
};
/** Two days in quarter hours fit below this limit. */
const MAX_STEPS = 200;

/** Counts the connections of a short span that passed; null for a long span, or if there is nothing to select. */
function stepAxis({ document, zone }: PageModel, health: Health | null, name: string | null): Html | null {
  if (health === null || health.step === 'day') return null;
  const { step } = health;
  const [first, last] = [health.total.steps[0], health.total.steps.at(-1)];
  if (first === undefined || last === undefined) return null;
  const passed = new Map(health.total.steps.map(({ start, passed }) => [unixSeconds(start), passed]));
  const starts: number[] = [];
  for (let at = unixSeconds(first.start); at <= unixSeconds(last.start); at = nextStep(at, step, zone))
    starts.push(at);
  if (starts.length < 2 || starts.length > MAX_STEPS) return null;
  const end = nextStep(unixSeconds(last.start), step, zone);
  const instants = starts.map((at) => formatInstant(at * 1000));
  const data = {
    unit: 'connection',
    units: 'connections',
    ticks: STEP_TICKS[step],
    starts: [...instants, formatInstant(end * 1000)],
    labels: instants.map((at) => longTime(at, zone)),
    short: instants.map((at) => clockTime(at, zone)),
    values: starts.map((at) =>
      passed.has(at) || !isInGap(at, nextStep(at, step, zone), document.coverage)
        ? (passed.get(at) ?? 0)
        : null,
    ),
  };
  // Several tools may use a name.
  const to = name === null ? 'names of AI tools and providers' : `names that ${name} uses`;
  return markup(`Connections to ${to}, per ${STEP_WORDS[step]}`, data);
}

/** True if no part of the step was observed. */
const isInGap = (from: number, to: number, coverage: readonly CoverageDay[]): boolean =>
  coverage.some(({ gaps }) =>
    gaps.some((gap) => unixSeconds(gap.from) <= from && (gap.to === null || unixSeconds(gap.to) >= to)),
  );

interface ZoomData {
  readonly values: readonly (number | null)[];
  readonly labels: readonly string[];
  readonly short: readonly string[];
  readonly starts: readonly string[];
  readonly ticks: readonly number[];
  readonly unit: string;
  readonly units: string;
}

function markup(words: string, { values, labels, short, starts, ticks, unit, units }: ZoomData): Html {
  const data = { values, labels, short, starts, ticks, unit, units };
  return html`<figure class="zoom" data-zoom="${JSON.stringify(data)}"><figcaption><b>${words}.</b> Drag over a period to select it. <output></output></figcaption><div class="zc" role="img" aria-label="${words}: the same figures stand in the tables of this page"></div></figure><script src="${ZOOM_ASSET.path}" defer></script>`;
}
