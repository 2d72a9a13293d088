// The time axis of a page: what was used day by day, of which a stretch is chosen by dragging. Drawn by a script; without
// one the heads of the strip, the form and its links lead to the same spans.

import type { HostReport } from '../../model/report.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import type { PageModel } from '../../report/html/page-model.ts';
import { partOf, partsOf, type ReportDays } from '../../report/text/day-strip.ts';
import { dayOfMonth, formatDate, nextDay, shortMonth } from '../../report/text/instant.ts';
import { plural } from '../../report/text/quantity.ts';
import { ZOOM_ASSET } from '../assets.ts';
import { countedUses } from '../order.ts';

/** More would be thinner than what a hand can choose. */
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
  readonly title: string;
  readonly unit: string;
  readonly units: string;
}

/** Hosts with a tool or provider by day; with `tool`, those with that one. */
export function hostsZoom(model: PageModel, name: string | null): Html {
  const axis = axisOf(model);
  if (axis === null) return NOTHING;
  const hosts = axis.starts.map(() => 0);
  for (const { host } of model.rows)
    for (const part of partsUsed(host, axis)) hosts[part] = (hosts[part] ?? 0) + 1;
  const title = `Hosts with ${name ?? 'an AI coding tool or provider'}`;
  return figure(model, axis, hosts, { title, unit: 'host', units: 'hosts' });
}

/** What one host did by day, in the measure of its strip. */
export function useZoom(model: PageModel): Html {
  const axis = axisOf(model);
  if (axis === null) return NOTHING;
  const isMinutes = model.measure === 'minutes';
  const amounts = axis.starts.map(() => 0);
  for (const { host } of model.rows) {
    for (const { days } of countedUses(host)) {
      for (const { date, activeMinutes, bytesUp, bytesDown } of days) {
        const amount = isMinutes ? (activeMinutes ?? 0) : (bytesUp + bytesDown) / BYTES_PER_MB;
        const part = partOf(axis.days, axis.daysPerPart, date);
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
    countedUses(host).flatMap((use) => use.days.map(({ date }) => partOf(days, daysPerPart, date))),
  );
}

/** Null where there is nothing to choose of. */
function axisOf({ days, rows }: PageModel): Axis | null {
  if (days.count < 2 || rows.length === 0) return null;
  const daysPerPart = days.count <= MAX_PARTS ? 1 : WEEK_DAYS * Math.ceil(days.count / MAX_PARTS / WEEK_DAYS);
  return { days, daysPerPart, starts: partsOf(days, daysPerPart) };
}

function figure(model: PageModel, axis: Axis, amounts: readonly number[], drawn: Drawn): Html {
  const { days, daysPerPart, starts } = axis;
  if (!amounts.some((amount) => amount > 0)) return NOTHING;
  const observed = new Set(model.document.coverage.map(({ date }) => partOf(days, daysPerPart, date)));
  const each = daysPerPart === 1 ? 'day' : plural(daysPerPart / WEEK_DAYS, 'week');
  const data = {
    ...drawn,
    starts: [...starts, nextDay(days.last)],
    labels: starts.map((day) => (daysPerPart === 1 ? formatDate(day) : `from ${formatDate(day)}`)),
    short: starts.map((day) => `${dayOfMonth(day)} ${shortMonth(day)}`),
    // An unobserved day is not a zero.
    values: amounts.map((amount, part) => (amount > 0 || observed.has(part) ? amount : null)),
  };
  const words = `${drawn.title}, per ${each}`;
  return html`<figure class="zoom" data-zoom="${JSON.stringify(data)}"><figcaption><b>${words}.</b> Drag over a stretch to see it alone. <output></output></figcaption><div class="zc" role="img" aria-label="${words}: the same figures stand in the tables of this page"></div></figure><script src="${ZOOM_ASSET.path}" defer></script>`;
}
