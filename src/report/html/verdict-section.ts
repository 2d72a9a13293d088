// Renders the first screen: one sentence, its marks and counts, one chart, and its limits.

import type { Confidence } from '../../model/confidence.ts';
import { hidesNames } from '../../model/window-words.ts';
import { capitalize } from '../../text/quantity.ts';
import { findBan } from '../text/banned.ts';
import { hiddenState } from '../text/blind-spots.ts';
import { countClients } from '../text/client-hosts.ts';
import type { ReportWords } from '../text/english-words.ts';
import { isWeekend } from '../text/instant-text.ts';
import type { Banned, Since } from '../text/messages.ts';
import { notVisibleRows, notVisibleShare } from '../text/not-visible-text.ts';
import { nothingSeen, selectionWords } from '../text/nothing-seen.ts';
import { formatBreach, isBreach, OUTCOME_ORDER, type OutcomeKind } from '../text/policy-outcome.ts';
import { type CountedAs, countDays } from '../text/rule-count.ts';
import { isViolated, ruleTitle, sensorView, type Verdict } from '../text/verdict.ts';
import { type DayBar, type DayMark, drawDays, shareBar } from './charts.ts';
import { type Html, html, icon, join, NOTHING, renderMarks } from './markup.ts';
import { OUTCOME_STYLES } from './outcome-style.ts';
import { findKnownName, formatCellPeriod, isInCell, type PageModel, ruleDays } from './page-model.ts';
import { type Confidences, figuresOf } from './row-figures.ts';
import type { SectionLinks } from './section-links.ts';

/** Maximum marks. More are unreadable, so a bar shows the shares instead. */
const MAX_MARKS = 51;

export function verdictSection(model: PageModel, links: SectionLinks): Html {
  const { verdicts } = model;
  // If no rule is violated, the first rule represents the others.
  const blocks = Math.max(1, verdicts.filter(isViolated).length);
  const others = verdicts.slice(blocks);
  const rules =
    verdicts.length === 0
      ? addFigure(renderPlainHead(model), drawChart(model, null))
      : join(
          verdicts
            .slice(0, blocks)
            .map((verdict, i) =>
              addFigure(renderHead(model, verdict, i === 0, links), drawChart(model, verdict)),
            ),
        );
  const more =
    others.length === 0
      ? NOTHING
      : html`<ul class="more">${join(others.map((verdict) => renderOther(verdict, model)))}</ul>`;
  return html`<section id="verdict" class="verdict" aria-labelledby="vh">
${rules}${more}
${renderFacts(model, links)}
</section>
`;
}

const addFigure = (head: Html, figure: Html): Html => html`<div class="vrule"><div class="vtext">${head}</div>
${figure}</div>`;

function renderHead(model: PageModel, verdict: Verdict, isFirst: boolean, links: SectionLinks): Html {
  const { messages } = model;
  const words = messages.page.verdict;
  const { summary, rule, aside, found } = verdict;
  const formatSince = (instant: string | null): string | null =>
    instant === null ? null : messages.dayOrTime(instant, model.zone);
  const from = formatSince(rule.effective);
  const counted = formatSince(rule.graceUntil);
  const tag = {
    violated: ['viol', 'violation'],
    compliant: ['ok', 'good'],
    inconclusive: ['susp', 'suspected'],
  } as const;
  const [tone, sign] = tag[summary.verdict];
  const banned = describeBan(model, verdict);
  const ruleSince: Since = rule.effective === null ? null : rule.graceUntil === null ? 'inForce' : 'grace';
  const breach = formatBreach(rule);
  const sentence = {
    violated:
      breach === 'violation'
        ? words.violated(summary.after, summary.hostsSeen, banned, ruleSince)
        : formatSentence(verdict.sentence, messages),
    compliant: verdict.isClear
      ? words.clear(summary.hostsSeen, banned, verdict.time)
      : formatSentence(verdict.sentence, messages),
    inconclusive: formatSentence(verdict.sentence, messages),
  }[summary.verdict];
  const tallies: [string, number, string][] = [
    [
      'viol',
      summary.after,
      counted === null ? words.brokenInForce(breach) : words.brokenFrom(breach, counted),
    ],
    ['susp', summary.suspected, words.suspected],
    ['info', summary.grace, words.lastInGrace],
    ['exempt', summary.exempt, words.exempt],
    ['info', aside, words.aside],
    ['info', found.hosts.attempted.length, words.attempted],
    ['ok', summary.notSeenSince, words.notSeenSince(from)],
  ];
  return html`<p class="eyebrow"><span class="tag ${tone}">${icon(sign)}${verdict.label}</span> <span class="soft sm">${words.rule(ruleTitle(rule, messages), rule.id, rule.rev, from)}</span></p>
${isFirst ? html`<h1 id="vh">${sentence}</h1>` : html`<h2>${sentence}</h2>`}
${isFirst ? renderSelection(model) : ''}${formatBasis(verdict, messages)}
${drawMarks(model, verdict, links)}
<ul class="tally">${join(tallies.filter(([, count]) => count > 0).map(([kind, count, says]) => html`<li class="${kind}"><b>${count}</b> <span>${says}</span></li>`))}</ul>`;
}

function renderOther(verdict: Verdict, { messages }: PageModel): Html {
  const { label, headline, sentence, counts, control, observed, limits } = verdict;
  const parts = [sentence, ...counts, control, observed, ...limits].filter((part) => part !== '');
  return html`<li><b>${label.toLowerCase()}</b>: ${headline}: ${messages.page.verdict.joined(parts)}</li>`;
}

/**
 * Describes the ban. An old document has no name for a tool that was not seen, and the tool's id does not suit a
 * headline.
 */
function describeBan({ document }: PageModel, { rule }: Verdict): Banned {
  const breach = formatBreach(rule);
  if (breach !== 'violation') return { kind: breach };
  const [only] = rule.tools?.length === 1 ? rule.tools : [];
  return findBan(rule, only === undefined ? null : findKnownName(document, only));
}

/** Names the selected hosts and tools of the page, if it does not cover all. */
function renderSelection({ document, messages }: PageModel): Html {
  const words = selectionWords(document, messages);
  return words === null ? NOTHING : html`<p class="soft sm">${messages.page.verdict.only(words)}</p>`;
}

/** Describes the time of the verdict and its limits. */
function formatBasis({ control, observed, limits }: Verdict, messages: ReportWords): Html {
  const sentences = [control, observed, ...limits]
    .filter((part) => part !== '')
    .map((part) => formatSentence(part, messages));
  return sentences.length === 0 ? NOTHING : html`<p class="soft sm">${sentences.join(' ')}</p>`;
}

const formatSentence = (words: string, { fullStop }: ReportWords): string =>
  `${capitalize(words)}${fullStop.trimEnd()}`;

/** The order of findings, which is that of the tallies. */
const MARKS: readonly (readonly [CountedAs, OutcomeKind])[] = [
  ['violation', 'violation'],
  ['suspected', 'suspected'],
  ['grace', 'grace'],
  ['exempt', 'exempt'],
  ['aside', 'telemetryOnly'],
  ['attempted', 'attempted'],
  ['notSince', 'notSince'],
];

/** Draws one mark for each host and result of the rule, or a bar of their shares if there are many. */
function drawMarks(model: PageModel, { found, rule }: Verdict, links: SectionLinks): Html {
  const { hosts: hostWords, verdict: own } = model.messages.page;
  const shown = MARKS.flatMap(([counted, outcome]) => {
    const kind = counted === 'violation' ? formatBreach(rule) : outcome;
    const words = counted === 'aside' ? own.asideGroup : hostWords.groups[kind];
    return found.hosts[counted].map((countedHost) => ({ ...countedHost, kind, words }));
  });
  if (shown.length === 0) return NOTHING;
  if (shown.length > MAX_MARKS)
    return drawOutcomes(
      shown.map(({ kind }) => kind),
      model.messages,
    );
  const rows = new Map(model.rows.map((row) => [row.host.host, row]));
  const listed = shown.map(({ host, tool, kind, words }) => {
    const style = OUTCOME_STYLES[kind];
    const row = rows.get(host);
    const use = row?.uses.find((hostUse) => hostUse.use.tool === tool);
    const label = `${row?.host.name ?? host}: ${words}`;
    const inside = html`<span class="sr">${label}</span>${style.icon === null ? '' : icon(style.icon)}`;
    const way = use === undefined ? null : links.use(use);
    return html`<li class="u-${style.tone}">${way !== null ? html`<a href="${way}" title="${label}">${inside}</a>` : html`<span class="u" title="${label}">${inside}</span>`}</li>`;
  });
  return html`<ul class="units" aria-label="${own.marks}">${join(listed)}</ul>`;
}

function drawOutcomes(kinds: readonly OutcomeKind[], { listSeparator, page: { hosts } }: ReportWords): Html {
  const parts = OUTCOME_ORDER.flatMap((kind) => {
    const { tone } = OUTCOME_STYLES[kind];
    const count = kinds.filter((outcomeKind) => outcomeKind === kind).length;
    return count === 0
      ? []
      : [{ name: `${hosts.groups[kind]}: ${count}`, share: count / kinds.length, className: `f-${tone}` }];
  });
  return html`<div class="units">${shareBar(parts, parts.map(({ name }) => name).join(listSeparator))}</div>`;
}

function renderPlainHead(model: PageModel): Html {
  const { document, rows, messages } = model;
  const words = messages.page.verdict;
  const { named, hosts } = figuresOf(model);
  const only = rows.length - named;
  const names = document.tools.filter((tool) => tool.hosts > 0).map((tool) => shortenName(tool.name));
  const sentence =
    rows.length === 0
      ? formatSentence(nothingSeen(document, messages), messages)
      : named === 0
        ? words.providersOnly(rows.length)
        : words.toolsSeen(
            names.slice(0, MAX_NAMED),
            Math.max(0, names.length - MAX_NAMED),
            named,
            countClients(document),
          );
  const tallies: [string, number, string][] = [
    ['ok', hosts.certain, words.certain],
    ['info', hosts.likely, words.likely],
    ['susp', only, words.unsure],
    ['none', Math.max(0, countClients(document) - rows.length), words.noneSeen],
  ];
  const about =
    document.policy === undefined ? 'none' : document.selection === undefined ? 'noBan' : 'notAsked';
  return html`<p class="eyebrow"><span class="soft sm">${words.seenOnNetwork(about)}</span></p>
<h1 id="vh">${sentence}</h1>
${renderSelection(model)}<ul class="tally">${join(tallies.filter(([, number]) => number > 0).map(([kind, number, text]) => html`<li class="${kind}"><b>${number}</b> <span>${text}</span></li>`))}</ul>`;
}

/** Shortens "OpenAI Codex (CLI, IDE, cloud)" to "OpenAI Codex". The table below contains the whole name. */
const shortenName = (name: string): string => name.replace(/ \(.*\)$/, '');

/** Maximum tools in the headline. */
const MAX_NAMED = 3;

/** Draws the chart of one rule, or of all tools. */
function drawChart(model: PageModel, verdict: Verdict | null): Html {
  const { cells, rows, messages } = model;
  const words = messages.page.verdict;
  if (cells.days.length < 2 || rows.length === 0) return NOTHING;
  const bars = cells.days.map((day, cell) => buildBar(model, verdict, day, cell));
  const banned = verdict === null ? null : describeBan(model, verdict);
  const unit = formatCellPeriod(model);
  const isDaily = cells.daysPerCell === 1;
  const isShaded = isDaily && bars.some(({ day, isUnobserved }) => !isUnobserved && isWeekend(day));
  const weekends = verdict !== null && isShaded ? ` ${words.weekends}` : '';
  const number = verdict === null ? 0 : model.verdicts.indexOf(verdict);
  const title = { id: `chart-${number}`, text: words.chartTitle(banned, unit) };
  const isPartial = bars.some(({ isUnobserved }) => isUnobserved);
  return html`<figure class="vchart">${drawDays(bars, listMarks(model, verdict), title, isDaily, messages)}<figcaption>${buildKeys(model, verdict, isPartial)}${words.chartCaption(banned, unit)}${weekends}</figcaption></figure>`;
}

/** Lists the days on which the rule took effect and its grace period ended. */
function listMarks(model: PageModel, verdict: Verdict | null): DayMark[] {
  if (verdict === null) return [];
  const words = model.messages.page.verdict;
  const { effective } = verdict.rule;
  const { from, graceUntil } = ruleDays(model, verdict.rule);
  if (from === null || effective === null || model.days.last < from) return [];
  const ban = {
    day: from,
    label: words.inForceFrom(model.messages.dayOrTime(effective, model.zone)),
    isGrace: false,
  };
  return graceUntil === null || graceUntil <= from || graceUntil > model.days.last
    ? [ban]
    : [ban, { day: graceUntil, label: words.graceOver, isGrace: true }];
}

function buildKeys({ messages }: PageModel, verdict: Verdict | null, isPartial: boolean): Html {
  const words = messages.page.verdict;
  const renderKey = (name: string, text: string): Html =>
    html`<span class="key"><i class="${name}"></i>${text}</span>`;
  const unobserved = isPartial ? renderKey('unobs', words.unobservedKey) : NOTHING;
  if (verdict === null) return isPartial ? html`${unobserved}<br>` : NOTHING;
  const { effective, graceUntil } = verdict.rule;
  return html`${effective === null ? '' : renderKey('c-bef', words.before)}${graceUntil === null ? '' : renderKey('c-grc', words.grace)}${renderKey('c-vio', words.violation)}${renderKey('c-sus', words.suspectedKey)}${unobserved}<br>`;
}

/**
 * Builds the bar of a rule's findings on these days, as in the table of findings; without a rule, of hosts with any
 * identified tool.
 */
function buildBar(model: PageModel, verdict: Verdict | null, day: string, cell: number): DayBar {
  // True if nothing was observed. Hosts are known even from logs without packets.
  const isUnobserved = (hosts: number): boolean => hosts === 0 && !model.cells.observed.has(cell);
  if (verdict === null) {
    const count = figuresOf(model).hostsInCell[cell] ?? 0;
    return { day, parts: [{ phase: 'plain', count }], suspected: 0, isUnobserved: isUnobserved(count) };
  }
  const { before, grace, violation, suspected } = countDays(verdict.found, (day) =>
    isInCell(model, day, cell),
  );
  return {
    day,
    parts: [
      { phase: 'before', count: before },
      { phase: 'grace', count: grace },
      { phase: 'violation', count: violation },
    ],
    suspected,
    isUnobserved: isUnobserved(before + grace + violation + suspected),
  };
}

function renderFacts(model: PageModel, links: SectionLinks): Html {
  const { document, messages } = model;
  const words = messages.page.verdict;
  // Other kinds are not part of the share, because a flow with lost packets may be attributed.
  const spots = notVisibleRows(document).filter(({ kind }) => hidesNames(kind));
  const isOverlapping = spots.reduce((sum, { share }) => sum + share, 0) > 1;
  const notVisible = spots
    .slice(0, 3)
    .map((spot) => `${messages.blindSpots.kinds[spot.kind]} ${messages.share(spot.share)}`);
  const { packets, kernelDrops } = document.stats;
  const lost =
    kernelDrops === 0 ? '' : ` ${words.lost(messages.share(kernelDrops / (packets + kernelDrops)))}`;
  const hidden =
    notVisible.length === 0
      ? messages.blindSpots.nothingHidden(hiddenState(document))
      : renderMarks(
          words.hidden(
            messages.share(notVisibleShare(document)),
            notVisible.join(messages.listSeparator),
            isOverlapping,
          ),
        );
  return html`<dl class="facts"><div><dt>${words.howSure}</dt><dd>${formatConfidence(model)}</dd></div>
<div><dt>${words.whatCouldChange}</dt><dd>${hidden}${lost} <a href="${links.section('unseen')}">${words.details}</a></dd></div>
<div><dt>${words.whatNext}</dt><dd>${renderNextStep(model, links)} ${words.machine}</dd></div></dl>`;
}

/** With a policy, shows the confidence of violations only, because that of other rows does not apply to them. */
function formatConfidence(model: PageModel): Html | string {
  const violations = (model.document.findings ?? []).filter(isBreach);
  const hasPolicy = model.verdicts.length > 0;
  const { messages } = model;
  const words = messages.page.verdict;
  const { certain, likely, possible } = hasPolicy ? buildConfidences(violations) : figuresOf(model).tools;
  if (certain + likely + possible === 0) {
    const verdict = model.verdicts[0];
    if (verdict?.summary.verdict === 'inconclusive') return words.notAtAll(verdict.sentence);
    return `${formatSeen(model)} ${words.notSeenNotUsed}`;
  }
  const noun = hasPolicy ? 'violation' : 'row';
  const renderCount = (confidence: keyof Confidences, count: number): Html =>
    count > 0 ? renderMarks(words.sure(confidence, count, noun)) : NOTHING;
  const gap = (count: number): string => (count > 0 ? ' ' : '');
  return html`${renderCount('certain', certain)}${gap(certain)}${renderCount('likely', likely)}${gap(likely)}${renderCount('possible', possible)}`;
}

function formatSeen({ document, messages }: PageModel): string {
  const words = messages.page.verdict;
  const view = sensorView(document);
  switch (view.state) {
    case 'notToEnd':
      return words.readNotToEnd(view.packets, view.captures);
    case 'whole':
      return words.readWhole(view.packets);
    case 'cut':
      return words.readCut(view.packets);
    case 'lost':
      return words.sawShare(messages.amount(view.share));
  }
}

function buildConfidences(items: Iterable<{ readonly confidence: Confidence }>): Confidences {
  const counts = { certain: 0, likely: 0, possible: 0 };
  for (const { confidence } of items) counts[confidence]++;
  return counts;
}

function renderNextStep(model: PageModel, links: SectionLinks): Html {
  const findings = model.document.findings ?? [];
  const violations = findings.filter(isBreach).length;
  const words = model.messages.page.verdict;
  if (violations > 0) return renderMarks(words.checkFindings(violations), links.section('findings'));
  if (model.rows.length > 0) return renderMarks(words.openEvidence, links.section('evidence'));
  return renderMarks(words.seeUnseen, links.section('unseen'));
}

/** Returns the period of the page, for example "8–14 July 2026". */
export function periodText(model: PageModel): string {
  const { first, last, count } = model.days;
  const { messages } = model;
  return count === 0 ? messages.page.frame.noPackets : messages.span(first, last);
}
