// The first screen: one sentence, the marks and counts behind it, one chart, and what limits it.

import type { ToolUse } from '../../model/report.ts';
import { darkShare, NOT_VISIBLE_NAMES, notVisibleRows } from '../text/blind-spots.ts';
import { formatDay, formatDaySpan, previousDay } from '../text/instant.ts';
import type { OutcomeKind } from '../text/outcome.ts';
import { formatShare, percentNumber, plural } from '../text/quantity.ts';
import { isClear, seenSentence, type Verdict } from '../text/verdict.ts';
import { type DayBar, dayBars, shareBar } from './charts.ts';
import { type Html, html, icon, join, NOTHING } from './markup.ts';
import { OUTCOME_ORDER, OUTCOME_STYLES } from './outcome-style.ts';
import {
  amountIn,
  type HostRow,
  isUse,
  knownName,
  type PageModel,
  perCell,
  toolName,
  usesOfRows,
} from './page-model.ts';
import type { Ways } from './ways.ts';

/** More marks than this are a wall, not a picture: a bar shows the shares then. */
const MAX_MARKS = 51;

export function verdictSection(model: PageModel, ways: Ways): Html {
  const head = model.verdicts.length > 0 ? policyHead(model, ways) : plainHead(model);
  return html`<section id="verdict" class="verdict" aria-labelledby="vh">
<div class="vtext">${head}</div>
${chart(model)}
${facts(model, ways)}
</section>
`;
}

function policyHead(model: PageModel, ways: Ways): Html {
  const [first, ...others] = model.verdicts;
  if (first === undefined) return NOTHING;
  const { summary, rule, aside } = first;
  const tag = {
    notKept: ['viol', 'violation', 'Policy not kept'],
    kept: ['ok', 'good', 'Policy kept'],
    cannotSay: ['susp', 'suspected', 'Cannot say'],
  } as const;
  const [tone, sign, words] = tag[summary.verdict];
  // Of a tool that was not seen the document knows no name, and its id is no word for a headline.
  const name = model.ban?.tool ? knownName(model.document, model.ban.tool) : null;
  const seen = plural(summary.hostsSeen, 'host');
  const since =
    rule.effective === null
      ? ''
      : ` after the ${rule.graceUntil === null ? 'rule took effect' : 'ban and its grace period'}`;
  const sentence = {
    notKept: `${summary.after} of ${seen} in scope used ${name ?? 'what it bans'}${since}.`,
    kept: isClear(summary, aside)
      ? `${name === null ? 'Nothing that it bans was' : `${name} was not`} seen on any of ${seen} in scope${since}.`
      : `No violation was found on ${seen} in scope${since}.`,
    cannotSay: sentenceOf(first.sentence),
  }[summary.verdict];
  const tallies: [string, number, string][] = [
    [
      'viol',
      summary.after,
      model.ban?.graceUntil
        ? `used it from ${formatDay(model.ban.graceUntil)} on`
        : 'used it while the rule was in force',
    ],
    ['susp', summary.suspected, 'suspected'],
    ['info', summary.grace, 'last seen in the grace period'],
    ['exempt', summary.exempt, 'exempt'],
    ['info', aside, 'only telemetry or updates'],
    [
      'ok',
      summary.notSeenSince,
      model.ban === null ? 'not seen since' : `not seen since ${formatDay(model.ban.from)}`,
    ],
  ];
  return html`<p class="eyebrow"><span class="tag ${tone}">${icon(sign)}${words}</span> <span class="soft sm">${rule.title}: rule ${rule.id}, revision ${rule.rev}${model.ban === null ? '' : `, from ${formatDay(model.ban.from)}`}</span></p>
<h1 id="vh">${sentence}</h1>
${restsOn(first)}
${marks(model, ways)}
<ul class="tally">${join(tallies.filter(([, count]) => count > 0).map(([kind, count, words]) => html`<li class="${kind}"><b>${count}</b> <span>${words}</span></li>`))}</ul>
${others.length === 0 ? '' : html`<ul class="more">${join(others.map((verdict) => html`<li><b>${verdict.label.toLowerCase()}</b>: ${verdict.headline}: ${[verdict.sentence, verdict.observed, ...verdict.limits].filter((part) => part !== '').join('; ')}.</li>`))}</ul>`}`;
}

/** The time that the verdict speaks of, and what limits it. */
function restsOn({ observed, limits }: Verdict): Html {
  const sentences = [observed, ...limits].filter((part) => part !== '').map(sentenceOf);
  return sentences.length === 0 ? NOTHING : html`<p class="soft sm">${sentences.join(' ')}</p>`;
}

const sentenceOf = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** One mark for each host that the rule found something about; where they are many, one bar of their shares. */
function marks(model: PageModel, ways: Ways): Html {
  const tool = model.ban?.tool;
  if (model.outcomes === null) return NOTHING;
  const shown = model.rows.flatMap((row) => {
    const use = row.uses.find((each) => each.use.tool === tool && each.outcome?.rule);
    return use?.outcome ? [{ row, use, kind: use.outcome.kind }] : [];
  });
  if (shown.length === 0) return NOTHING;
  if (shown.length > MAX_MARKS) return outcomeBar(shown.map(({ kind }) => kind));
  const listed = shown.map(({ row, use, kind }) => {
    const style = OUTCOME_STYLES[kind];
    const label = `${row.host.name ?? row.host.host}: ${style.group}`;
    const inside = html`<span class="sr">${label}</span>${style.icon === null ? '' : icon(style.icon)}`;
    const way = ways.use(use);
    return html`<li class="u-${style.tone}">${way !== null ? html`<a href="${way}" title="${label}">${inside}</a>` : html`<span class="u" title="${label}">${inside}</span>`}</li>`;
  });
  return html`<ul class="units" aria-label="Hosts that the rule speaks of, one mark each">${join(listed)}</ul>`;
}

function outcomeBar(kinds: readonly OutcomeKind[]): Html {
  const parts = OUTCOME_ORDER.flatMap((kind) => {
    const { tone, group } = OUTCOME_STYLES[kind];
    const count = kinds.filter((each) => each === kind).length;
    return count === 0
      ? []
      : [{ name: `${group}: ${count}`, share: count / kinds.length, className: `f-${tone}` }];
  });
  return html`<div class="units">${shareBar(parts, parts.map(({ name }) => name).join(', '))}</div>`;
}

function plainHead(model: PageModel): Html {
  const { document, rows } = model;
  const named = rows.filter((row) =>
    row.uses.some((each) => !each.isProvider && each.use.confidence !== 'possible'),
  );
  const only = rows.length - named.length;
  const names = document.tools.filter((tool) => tool.hosts > 0).map((tool) => shortName(tool.name));
  const sentence =
    rows.length === 0
      ? 'No AI coding tool was seen.'
      : named.length === 0
        ? `An AI service was used on ${plural(rows.length, 'host')}; no tool can be named.`
        : `${listNames(names)} ${names.length === 1 ? 'was' : 'were'} seen on ${named.length} of ${plural(document.hosts.length, 'host')}.`;
  const degrees = rows.map(best);
  const count = (confidence: string): number => degrees.filter((degree) => degree === confidence).length;
  const tallies: [string, number, string][] = [
    ['ok', count('certain'), 'certain: a name that only the tool uses'],
    ['info', count('likely'), 'likely: several pieces of evidence agree'],
    ['susp', only, 'with a provider or a possible tool only'],
    ['none', document.hosts.length - rows.length, 'none seen'],
  ];
  return html`<p class="eyebrow"><span class="soft sm">Seen on the network; no policy was given</span></p>
<h1 id="vh">${sentence}</h1>
<ul class="tally">${join(tallies.filter(([, number]) => number > 0).map(([kind, number, words]) => html`<li class="${kind}"><b>${number}</b> <span>${words}</span></li>`))}</ul>`;
}

function best(row: HostRow): string {
  const sure = row.uses.filter((each) => !each.isProvider).map((each) => each.use.confidence);
  return sure.includes('certain') ? 'certain' : sure.includes('likely') ? 'likely' : 'possible';
}

/** "OpenAI Codex" of "OpenAI Codex (CLI, IDE, cloud)": the table below has the whole name. */
const shortName = (name: string): string => name.replace(/ \(.*\)$/, '');

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 3);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1) ?? ''}`;
}

function chart(model: PageModel): Html {
  const { ban, cells, rows } = model;
  if (cells.days.length < 2 || rows.length === 0) return NOTHING;
  const watched = ban?.tool ?? null;
  const counts = cells.days.map(() => ({ count: 0, suspected: 0 }));
  for (const { uses } of rows) {
    const counted = uses.filter(
      (each) =>
        !each.isProvider &&
        (watched === null || each.use.tool === watched) &&
        each.outcome?.kind !== 'exempt',
    );
    for (const [cell, sum] of counts.entries()) {
      const seen = counted.filter((each) => isUse(amountIn(model, each.use, cell)));
      if (seen.some((each) => each.use.confidence !== 'possible')) sum.count++;
      else if (watched !== null && seen.some((each) => each.outcome?.kind === 'suspected')) sum.suspected++;
    }
  }
  const bars = cells.days.map(
    (day, cell): DayBar => ({
      ...{ day, phase: phaseOf(model, day) },
      ...(counts[cell] ?? { count: 0, suspected: 0 }),
    }),
  );
  const what = watched === null ? 'an AI coding tool' : toolName(model.document, watched);
  const marks = [];
  if (ban !== null && bars.some((bar) => bar.day >= ban.from)) {
    marks.push({ day: ban.from, label: `in force from ${formatDay(ban.from)}`, isGrace: false });
    if (ban.graceUntil !== null && ban.graceUntil > ban.from)
      marks.push({ day: ban.graceUntil, label: 'grace over', isGrace: true });
  }
  const keys =
    ban === null
      ? NOTHING
      : html`<span class="key"><i class="c-bef"></i>before</span>${ban.graceUntil === null ? '' : html`<span class="key"><i class="c-grc"></i>grace</span>`}<span class="key"><i class="c-vio"></i>in force</span><span class="key"><i class="c-sus"></i>suspected (?)</span><br>`;
  const each = perCell(model);
  const weekends =
    bars.some((bar) => bar.phase !== 'plain') && cells.daysPerCell === 1
      ? ' Weekends are shaded: a fall there shows no change of habit.'
      : '';
  return html`<figure class="vchart">${dayBars(bars, marks, `Hosts with ${what} ${each}`, cells.daysPerCell === 1)}<figcaption>${keys}Hosts with ${what}, ${each}${watched === null ? '' : ', exempt ones left out'}.${weekends}</figcaption></figure>`;
}

function phaseOf(model: PageModel, day: string): DayBar['phase'] {
  const { ban } = model;
  if (ban === null) return 'plain';
  if (day < ban.from) return 'before';
  return ban.graceUntil !== null && day < ban.graceUntil ? 'grace' : 'after';
}

function facts(model: PageModel, ways: Ways): Html {
  const { document } = model;
  const notVisible = notVisibleRows(document)
    .slice(0, 3)
    .map((spot) => `${NOT_VISIBLE_NAMES[spot.kind]} ${percentNumber(spot.share)} %`);
  const { packets, kernelDrops } = document.stats;
  const lost =
    kernelDrops === 0 ? '' : ` ${formatShare(kernelDrops / (packets + kernelDrops))} of packets were lost.`;
  const hidden =
    notVisible.length === 0
      ? 'No hidden names, tunnels or flows without their handshake were seen.'
      : html`<b>${formatShare(darkShare(document))}</b> of bytes could not be attributed (${notVisible.join(', ')}).`;
  return html`<dl class="facts"><div><dt>How sure is this?</dt><dd>${howSure(model)}</dd></div>
<div><dt>What could change it?</dt><dd>${hidden}${lost} <a href="${ways.section('unseen')}">Details</a></dd></div>
<div><dt>What next?</dt><dd>${nextStep(model, ways)} A row is evidence about a machine, not about a person.</dd></div></dl>`;
}

/** Of the violators, where a policy found any: how sure other rows are says nothing of them. */
function howSure(model: PageModel): Html | string {
  const violations = (model.document.findings ?? []).filter(({ result }) => result === 'violation');
  const hasPolicy = model.verdicts.length > 0;
  const { certain, likely, possible } = hasPolicy ? confidencesOf(violations) : confidences(model);
  if (certain + likely + possible === 0) {
    const verdict = model.verdicts[0];
    if (verdict?.summary.verdict === 'cannotSay') return `Not at all: ${verdict.sentence}.`;
    const seen = seenSentence(model.document);
    return `${seen.charAt(0).toUpperCase()}${seen.slice(1)}. “Not seen” does not mean “not used”.`;
  }
  const noun = hasPolicy ? 'violation' : 'row';
  return html`${certain > 0 ? html`<b>Certain</b> for ${plural(certain, noun)}: a name that only one tool uses. ` : ''}${likely > 0 ? html`<b>Likely</b> for ${plural(likely, noun)}: several pieces of evidence agree. ` : ''}${possible > 0 ? html`<b>Possible</b> for ${plural(possible, noun)}: other programs fit as well.` : ''}`;
}

type Confidences = Record<'certain' | 'likely' | 'possible', number>;

function confidencesOf(items: Iterable<{ readonly confidence: keyof Confidences }>): Confidences {
  const counts = { certain: 0, likely: 0, possible: 0 };
  for (const { confidence } of items) counts[confidence]++;
  return counts;
}

const confidences = (model: PageModel): Confidences => confidencesOf(toolsUsed(model));

function* toolsUsed({ rows }: PageModel): Iterable<ToolUse> {
  for (const { use, isProvider } of usesOfRows(rows)) if (!isProvider) yield use;
}

function nextStep(model: PageModel, ways: Ways): Html {
  const findings = model.document.findings ?? [];
  const violations = findings.filter((finding) => finding.result === 'violation').length;
  if (violations > 0)
    return html`Look into <a href="${ways.section('findings')}">${plural(violations, 'finding')}</a> with the owners of the hosts.`;
  if (model.rows.length > 0)
    return html`Open <a href="${ways.section('evidence')}">the evidence</a> behind each row.`;
  return html`See <a href="${ways.section('unseen')}">what could not be seen</a> before you rely on it.`;
}

/** "8–14 July 2026" of the page's period. */
export function periodText(model: PageModel): string {
  const { first, last, count } = model.days;
  return count === 0 ? 'no packets' : formatDaySpan(first, last);
}

/** Last day of the grace period in words, for the glossary. */
export function graceText(model: PageModel): string | null {
  const { ban } = model;
  if (ban?.graceUntil == null) return null;
  return formatDaySpan(ban.from, previousDay(ban.graceUntil));
}
