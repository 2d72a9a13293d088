// Renders the strip: one row per host, one cell per day with its number, grouped by outcome.

import { formatBytes, formatCount } from '../../text/quantity.ts';
import type { Rows } from '../sections/section.ts';
import { countClients } from '../text/client-hosts.ts';
import { dayOfMonth, isWeekend, nextDay } from '../text/instant-text.ts';
import { OUTCOME_ORDER, type OutcomeKind } from '../text/policy-outcome.ts';
import type { HostRow, HostUse } from './host-row.ts';
import { type Html, html, icon, join, NOTHING } from './markup.ts';
import { OUTCOME_STYLES } from './outcome-style.ts';
import {
  findAmount,
  findLeadingUse,
  formatCellPeriod,
  isFoundIn,
  isInCell,
  isPresent,
  listRuledDays,
  type PageModel,
} from './page-model.ts';
import { notePrintedPart } from './phrases.ts';
import type { SectionLinks } from './section-links.ts';

/** Maximum rows on paper. Hosts with findings come first. */
const ROWS_ON_PAPER = 25;

/** Thresholds for the shade of a cell. */
const MINUTE_STEPS = [15, 45, 90] as const;
const BYTE_STEPS = [1e6, 10e6, 100e6] as const;

export function hostsSection(model: PageModel, { from, count }: Rows, links: SectionLinks): Html {
  if (model.rows.length === 0) return NOTHING;
  const isWatching = model.bans !== null;
  const shown = model.rows.slice(from, from + count);
  const columns = (isWatching ? 2 : 1) * model.cells.days.length + (isWatching ? 3 : 2);
  const noTool = Math.max(0, countClients(model.document) - model.rows.length);
  const hidden = model.rows.length - shown.length;
  const onPaper = new Set(shown.slice(0, ROWS_ON_PAPER));
  const { messages } = model;
  const words = messages.page.hosts;
  const order = model.chosen?.words ?? null;
  return html`<section id="hosts" aria-labelledby="hh"><h2 id="hh">${words.heading}</h2>
<div class="scroll" role="region" aria-label="${messages.page.lists.tableOf(words.heading)}" tabindex="0"><table class="heat"><caption>${words.caption(model.measure, formatCellPeriod(model), hidden > 0 ? shown.length : null, model.rows.length, order)}</caption>
${renderHeads(model, links)}
${groupRows(model, shown).map(
  ({
    kind,
    rows,
  }) => html`<tbody class="st-${kind === null ? 'plain' : OUTCOME_STYLES[kind].tone}${rows.some((row) => onPaper.has(row)) ? '' : ' np'}">${kind === null ? '' : html`<tr class="gr"><th colspan="${columns}" scope="colgroup">${buildSign(kind)}<span>${words.groups[kind]}</span> <span class="cnt">${countText(model, rows)}</span></th></tr>`}${join(rows.map((row) => renderRow(model, row, links, !onPaper.has(row))))}</tbody>
`,
)}</table></div>
${notePrintedPart(shown.length, ROWS_ON_PAPER, 'host', messages)}${links.more(hidden, 'host')}${noTool > 0 ? html`<p class="sm soft">${words.noTool(model.document.selection?.toolNames ?? [], noTool)}</p>` : ''}
${renderLegend(model)}</section>
`;
}

/** Outcomes that no deny rule has determined. */
const ONLY_OTHERS: ReadonlySet<OutcomeKind> = new Set<OutcomeKind>(['approved', 'observed']);

/**
 * A phone shows one block of days. True for rows without traffic or result in the block of the rule: they show the
 * other tools, with a note.
 */
const showsOthers = ({ outcome }: HostRow, ofWatched: readonly CellSum[]): boolean =>
  outcome !== null && ONLY_OTHERS.has(outcome) && ofWatched.every(({ amount }) => amount === null);

interface RowGroup {
  /** Null: rows without a head. */
  readonly kind: OutcomeKind | null;
  readonly rows: readonly HostRow[];
}

function groupRows(model: PageModel, rows: readonly HostRow[]): RowGroup[] {
  if (model.outcomes === null || model.chosen !== null) return [{ kind: null, rows }];
  return OUTCOME_ORDER.map((kind) => ({ kind, rows: rows.filter(({ outcome }) => outcome === kind) })).filter(
    (group) => group.rows.length > 0,
  );
}

function buildSign(kind: OutcomeKind): Html {
  const { icon: name } = OUTCOME_STYLES[kind];
  return name === null ? NOTHING : icon(name);
}

/** Returns the number of hosts in a group and on the page. */
function countText(model: PageModel, rows: readonly HostRow[]): string {
  const outcome = rows[0]?.outcome;
  const all = model.rows.filter((row) => row.outcome === outcome).length;
  return all > rows.length
    ? model.messages.page.hosts.countHere(formatCount(all), formatCount(rows.length))
    : formatCount(all);
}

/** Returns the classes that draw the line of a ban or of the end of a grace period on the left of a cell. */
function findEdge(model: PageModel, cell: number): string {
  const { bans } = model;
  if (bans === null || cell === 0) return '';
  const isAnyIn = (days: ReadonlySet<string>): boolean => [...days].some((day) => isInCell(model, day, cell));
  if (isAnyIn(bans.from)) return ' ban';
  return isAnyIn(bans.graceUntil) ? ' grc' : '';
}

function renderHeads(model: PageModel, links: SectionLinks): Html {
  const isDaily = model.cells.daysPerCell === 1;
  const { messages } = model;
  const words = messages.page.hosts;
  const count = model.cells.days.length;
  const days = model.cells.days.map((day, cell) => (other: string) => {
    const date = messages.date(day);
    const title = isDaily ? `${messages.weekday(day)} ${date}` : words.from(date);
    const way =
      other === '' && count > 1
        ? links.days(day, model.cells.days[cell + 1] ?? nextDay(model.days.last))
        : null;
    const above = isDaily ? messages.weekday(day).slice(0, 2) : messages.month(day);
    const mark = html`<abbr title="${title}">${above}<br>${dayOfMonth(day)}</abbr>`;
    return html`<th scope="col" class="c h${other}${findEdge(model, cell)}${isDaily && isWeekend(day) ? ' we' : ''}">${way === null ? mark : html`<a href="${way}">${mark}</a>`}</th>`;
  });
  if (model.bans === null) {
    return html`<thead><tr><th scope="col">${messages.heads.host}</th>${renderChosenHead(model)}${days.map((day) => day(''))}<th scope="col" class="nm">${messages.heads.tools}</th></tr></thead>`;
  }
  return html`<thead><tr class="top"><td></td>${model.chosen?.column == null ? '' : html`<td></td>`}<th colspan="${count}" scope="colgroup" class="cg">${model.bans.what}</th><td class="sp"></td><th colspan="${count}" scope="colgroup" class="cg oth">${words.otherTools}</th><td class="nm"></td></tr>
<tr><th scope="col">${messages.heads.host}</th>${renderChosenHead(model)}${days.map((day) => day(''))}<td class="sp"></td>${days.map((day) => day(' oth'))}<th scope="col" class="nm">${words.toolsAndNotes}</th></tr></thead>`;
}

const renderChosenHead = ({ chosen }: PageModel): Html =>
  chosen?.column == null ? NOTHING : html`<th scope="col" class="n ord">${chosen.column.head}</th>`;

function renderRow(model: PageModel, row: HostRow, links: SectionLinks, isOnScreenOnly: boolean): Html {
  const { host, uses } = row;
  const lead = findLeadingUse(row);
  const way = lead === undefined ? null : links.use(lead);
  const blocks = divideUses(model, uses);
  const others = blocks.others.map(({ use }) => use);
  const counted = others.filter(({ use, isProvider }) => use.confidence !== 'possible' || isProvider);
  const search = [host.host, host.name ?? '', ...host.groups, ...uses.map(({ use }) => use.name)]
    .join(' ')
    .toLowerCase();
  const sumBlock = (ofBlock: readonly UseInBlock[], isWatched: boolean): CellSum[] =>
    model.cells.days.map((_, cell) => sumCell(model, row, cell, ofBlock, isWatched));
  const renderCells = (sums: readonly CellSum[], block: Block): Html =>
    join(sums.map((sum, cell) => renderCell(model, row, cell, sum, block)));
  const ofWatched = model.bans === null ? null : sumBlock(blocks.watched, true);
  const named = host.name === null ? '' : html`<span class="hn">${host.name}</span>`;
  const group =
    host.groups.length === 0
      ? ''
      : html`<span class="grp">${host.groups.join(model.messages.listSeparator)}</span>`;
  const notes = [...new Set(counted.map(({ use }) => use.name))].join(model.messages.listSeparator);
  const isOthers = ofWatched !== null && showsOthers(row, ofWatched);
  const classes = [...(isOnScreenOnly ? ['np'] : []), ...(isOthers ? ['only'] : [])].join(' ');
  const ofOthers = isOthers ? html`<span class="ph">${model.messages.page.hosts.otherTools}</span>` : '';
  return html`<tr data-q="${search}"${classes === '' ? '' : html` class="${classes}"`}><th scope="row">${way === null ? html`<span class="hb">${host.host}</span>` : html`<a class="hb" href="${way}">${host.host}</a>`}${named}${group}${ofOthers}</th>${model.chosen?.column == null ? '' : html`<td class="n ord">${model.chosen.column.text(host)}</td>`}${ofWatched === null ? '' : html`${renderCells(ofWatched, 'watched')}<td class="sp"></td>`}${renderCells(sumBlock(blocks.others, false), model.bans === null ? 'all' : 'others')}<td class="nm">${notes}</td></tr>
`;
}

/** A use with its days in the block. */
interface UseInBlock {
  readonly use: HostUse;
  isSelected(day: string): boolean;
}

/**
 * Divides uses between blocks. A use is in both if a rule with a verdict governs some of its days and another rule the
 * others.
 */
function divideUses(
  model: PageModel,
  uses: readonly HostUse[],
): Readonly<Record<'watched' | 'others', UseInBlock[]>> {
  const watched: UseInBlock[] = [];
  const others: UseInBlock[] = [];
  for (const use of uses) {
    const ruled = listRuledDays(model, use.use);
    const days = new Set(use.use.days.map(({ date }) => date));
    // A finding about a day without a row is shown with the uses that a rule governs.
    const isRuled = (day: string): boolean => (days.has(day) ? ruled.has(day) : ruled.size > 0);
    if (ruled.size > 0) watched.push({ use: use, isSelected: isRuled });
    if (ruled.size === 0 || ruled.size < days.size)
      others.push({ use: use, isSelected: (day) => !isRuled(day) });
  }
  return { watched, others };
}

/** Days that deny rules govern, all other days, or all days if no rule denies anything. */
type Block = 'watched' | 'others' | 'all';

function renderCell(model: PageModel, row: HostRow, cell: number, sum: CellSum, block: Block): Html {
  const place = `${block === 'others' ? ' oth' : ''}${findEdge(model, cell)}`;
  if (sum.amount === null) {
    const { hosts: words, verdict } = model.messages.page;
    if (isPresent(model, row.host, cell))
      return html`<td class="c z${place}"><span aria-hidden="true">·</span><span class="sr">${words.cellNone}</span></td>`;
    return model.cells.observed.has(cell)
      ? html`<td class="c a${place}"><span class="sr">${words.cellAbsent}</span></td>`
      : html`<td class="c unobs${place}"><span class="sr">${verdict.unobservedKey}</span></td>`;
  }
  const text = sum.amount === 'unknown' ? '+' : formatAmount(model, sum.amount);
  const tint = shade(model, sum, sum.amount, block === 'watched');
  return html`<td class="c ${tint}${place}">${text}${sum.isSure ? '' : '?'}</td>`;
}

interface CellSum {
  amount: number | 'unknown' | null;
  isSure: boolean;
  isExempt: boolean;
  isViolation: boolean;
}

function sumCell(
  model: PageModel,
  row: HostRow,
  cell: number,
  uses: readonly UseInBlock[],
  isWatched: boolean,
): CellSum {
  const sum: CellSum = { amount: null, isSure: false, isExempt: false, isViolation: false };
  for (const { use: hostUse, isSelected } of uses) {
    // A possible tool repeats the figures of its provider's row.
    const isRepeated =
      !hostUse.isProvider && hostUse.use.confidence === 'possible' && row.host.providers.length > 0;
    const own = isRepeated && !isWatched ? null : findAmount(model, hostUse.use, cell, isSelected);
    const isViolation = isFoundIn(model, hostUse, 'violation', cell, isSelected);
    // A use that a rule only suspects is drawn as suspected, even if the tool is certain.
    const isSuspect = !isViolation && isFoundIn(model, hostUse, 'suspected', cell, isSelected);
    // A finding of a day may be in the row of a provider, so the use was seen even without a value here.
    const more = own === null && (isViolation || isSuspect) ? 'unknown' : own;
    if (more === null) continue;
    if (more !== 'unknown') sum.amount = (typeof sum.amount === 'number' ? sum.amount : 0) + more;
    else sum.amount ??= 'unknown';
    if (isViolation) sum.isViolation = true;
    if (isViolation || (hostUse.use.confidence !== 'possible' && !isSuspect)) sum.isSure = true;
    if (isFoundIn(model, hostUse, 'exempt', cell, isSelected)) sum.isExempt = true;
  }
  return sum;
}

/** Selects the color. Only findings color violations, on their own days. */
function shade(model: PageModel, sum: CellSum, amount: number | 'unknown', isWatched: boolean): string {
  const steps = model.measure === 'minutes' ? MINUTE_STEPS : BYTE_STEPS;
  const step = amount === 'unknown' ? 1 : steps.filter((edge) => amount >= edge).length + 1;
  if (sum.isViolation) return `o${step}`;
  if (!sum.isSure) return 's1';
  // Only updates or telemetry: this is not use and has no color of use.
  if (amount === 0) return 'g1';
  return `${isWatched && !sum.isExempt ? 'b' : model.bans === null ? 'b' : 'g'}${step}`;
}

function formatAmount(model: PageModel, amount: number): string {
  if (model.measure === 'minutes') return formatCount(amount);
  // Cells are narrow, so they contain "12M"; the legend explains it as bytes.
  return formatBytes(amount)
    .replace(/\.\d/, '')
    .replace(/ ?([kMGT]?)B$/, '$1');
}

function renderLegend(model: PageModel): Html {
  const words = model.messages.page.hosts;
  const drawSwatches = (letter: string): Html =>
    html`<i class="${letter}1 gg"></i><i class="${letter}2 gg"></i><i class="${letter}3 gg"></i><i class="${letter}4"></i>`;
  const steps = model.measure === 'minutes' ? words.minuteSteps : words.byteSteps;
  const unobserved = model.cells.days.some((_, cell) => !model.cells.observed.has(cell))
    ? html`<span class="lg"><i class="unobs"></i>${model.messages.page.verdict.unobservedKey}</span>`
    : NOTHING;
  return html`<p class="legend sm soft"><span class="lg">${drawSwatches('b')}${steps}</span>${model.bans !== null ? html`<span class="lg">${drawSwatches('o')}${words.violation}</span><span class="lg">${drawSwatches('g')}${words.otherExempt}</span>` : ''}${model.measure === 'minutes' ? html`<span class="lg">${words.noRequest}</span><span class="lg">${words.minutesUnknown}</span>` : ''}<span class="lg"><i class="s1"></i>${words.suspectedOrPossible}</span><span class="lg"><i class="z">·</i>${words.onNetwork}</span><span class="lg"><i class="a"></i>${words.offNetwork}</span>${unobserved}</p>`;
}
