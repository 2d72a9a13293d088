// The first screen: one sentence, the marks and counts behind it, one chart, and what limits it.

import type { ToolUse } from '../../model/report.ts';
import { darkShare, NOT_VISIBLE_NAMES, notVisibleRows } from '../text/blind-spots.ts';
import { formatDayIn, formatDaySpan, previousDay } from '../text/instant.ts';
import { nothingSeen, selectionWords } from '../text/nothing-seen.ts';
import type { OutcomeKind } from '../text/outcome.ts';
import { formatShare, percentNumber, plural } from '../text/quantity.ts';
import { type CountedAs, countDays } from '../text/rule-count.ts';
import { isClear, seenSentence, type Verdict } from '../text/verdict.ts';
import { bannedTool, noBannedTool, verbOf } from '../text/words.ts';
import { type DayBar, dayBars, shareBar } from './charts.ts';
import { type Html, html, icon, join, NOTHING } from './markup.ts';
import { OUTCOME_ORDER, OUTCOME_STYLES } from './outcome-style.ts';
import {
  amountIn,
  type HostRow,
  isInCell,
  isUse,
  knownName,
  type PageModel,
  perCell,
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
  const { ban } = model;
  if (first === undefined || ban === null) return NOTHING;
  const { summary, rule, aside, found } = first;
  const tag = {
    violated: ['viol', 'violation'],
    compliant: ['ok', 'good'],
    inconclusive: ['susp', 'suspected'],
  } as const;
  const [tone, sign] = tag[summary.verdict];
  // Of a tool that was not seen an old document knows no name, and its id is no word for a headline.
  const [only] = rule.tools?.length === 1 ? rule.tools : [];
  const rowName = only === undefined ? null : knownName(model.document, only);
  const seen = plural(summary.hostsSeen, 'host');
  const since =
    rule.effective === null
      ? ''
      : ` after the ${rule.graceUntil === null ? 'rule took effect' : 'ban and its grace period'}`;
  const sentence = {
    violated: `${summary.after} of ${seen} in scope ${verbOf(rule)} ${bannedTool(rule, rowName)}${since}.`,
    compliant: isClear(summary, aside)
      ? `${noBannedTool(rule, rowName)} seen on any of ${seen} in scope${since}.`
      : `No violation was found on ${seen} in scope${since}.`,
    inconclusive: sentenceOf(first.sentence),
  }[summary.verdict];
  const tallies: [string, number, string][] = [
    [
      'viol',
      summary.after,
      ban.saidGraceUntil === null
        ? 'used it while the rule was in force'
        : `used it from ${sayDay(model, ban.saidGraceUntil)} on`,
    ],
    ['susp', summary.suspected, 'suspected'],
    ['info', summary.grace, 'last seen in the grace period'],
    ['exempt', summary.exempt, 'exempt'],
    ['info', aside, 'only telemetry or updates'],
    ['info', found.hosts.attempted.length, 'only attempted it'],
    [
      'ok',
      summary.notSeenSince,
      ban.saidFrom === null ? 'not seen since' : `not seen since ${sayDay(model, ban.saidFrom)}`,
    ],
  ];
  return html`<p class="eyebrow"><span class="tag ${tone}">${icon(sign)}${first.label}</span> <span class="soft sm">${rule.title}: rule ${rule.id}, revision ${rule.rev}${ban.saidFrom === null ? '' : `, from ${sayDay(model, ban.saidFrom)}`}</span></p>
<h1 id="vh">${sentence}</h1>
${selectionLine(model)}${restsOn(first)}
${marks(model, first, ways)}
<ul class="tally">${join(tallies.filter(([, count]) => count > 0).map(([kind, count, words]) => html`<li class="${kind}"><b>${count}</b> <span>${words}</span></li>`))}</ul>
${others.length === 0 ? '' : html`<ul class="more">${join(others.map((verdict) => html`<li><b>${verdict.label.toLowerCase()}</b>: ${verdict.headline}: ${[verdict.sentence, ...verdict.counts, verdict.control, verdict.observed, ...verdict.limits].filter((part) => part !== '').join('; ')}.</li>`))}</ul>`}`;
}

const sayDay = ({ zone }: PageModel, day: string): string => formatDayIn(day, zone);

/** What of all hosts and tools the page is about, where that is not all. */
function selectionLine({ document }: PageModel): Html {
  const words = selectionWords(document);
  return words === null ? NOTHING : html`<p class="soft sm">Only ${words}.</p>`;
}

/** The time that the verdict speaks of, and what limits it. */
function restsOn({ control, observed, limits }: Verdict): Html {
  const sentences = [control, observed, ...limits].filter((part) => part !== '').map(sentenceOf);
  return sentences.length === 0 ? NOTHING : html`<p class="soft sm">${sentences.join(' ')}</p>`;
}

const sentenceOf = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** What is found is shown in this order, as the tallies are. */
const MARKS: readonly (readonly [CountedAs, OutcomeKind, string])[] = [
  ['violation', 'violation', OUTCOME_STYLES.violation.group],
  ['suspected', 'suspected', OUTCOME_STYLES.suspected.group],
  ['grace', 'grace', OUTCOME_STYLES.grace.group],
  ['exempt', 'exempt', OUTCOME_STYLES.exempt.group],
  ['aside', 'telemetryOnly', 'Only telemetry or updates seen'],
  ['attempted', 'attempted', OUTCOME_STYLES.attempted.group],
  ['notSince', 'notSince', OUTCOME_STYLES.notSince.group],
];

/** One mark for each host and result of the rule; where they are many, one bar of their shares. */
function marks(model: PageModel, { found }: Verdict, ways: Ways): Html {
  const shown = MARKS.flatMap(([counted, kind, words]) =>
    found.hosts[counted].map((each) => ({ ...each, kind, words })),
  );
  if (shown.length === 0) return NOTHING;
  if (shown.length > MAX_MARKS) return outcomeBar(shown.map(({ kind }) => kind));
  const rows = new Map(model.rows.map((row) => [row.host.host, row]));
  const listed = shown.map(({ host, tool, kind, words }) => {
    const style = OUTCOME_STYLES[kind];
    const row = rows.get(host);
    const use = row?.uses.find((each) => each.use.tool === tool);
    const label = `${row?.host.name ?? host}: ${words}`;
    const inside = html`<span class="sr">${label}</span>${style.icon === null ? '' : icon(style.icon)}`;
    const way = use === undefined ? null : ways.use(use);
    return html`<li class="u-${style.tone}">${way !== null ? html`<a href="${way}" title="${label}">${inside}</a>` : html`<span class="u" title="${label}">${inside}</span>`}</li>`;
  });
  return html`<ul class="units" aria-label="What the rule found, one mark for each host and result">${join(listed)}</ul>`;
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
      ? sentenceOf(nothingSeen(document))
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
  const about =
    document.policy === undefined
      ? 'no policy was given'
      : document.selection === undefined
        ? 'no rule of the policy bans a tool'
        : 'no rule of the policy bans what was asked for';
  return html`<p class="eyebrow"><span class="soft sm">Seen on the network; ${about}</span></p>
<h1 id="vh">${sentence}</h1>
${selectionLine(model)}<ul class="tally">${join(tallies.filter(([, number]) => number > 0).map(([kind, number, words]) => html`<li class="${kind}"><b>${number}</b> <span>${words}</span></li>`))}</ul>`;
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
  const [verdict] = model.verdicts;
  if (cells.days.length < 2 || rows.length === 0) return NOTHING;
  const bars = cells.days.map((day, cell) => barOf(model, verdict, day, cell));
  const what = verdict === undefined ? 'an AI coding tool' : chartedTool(model, verdict);
  const marks = [];
  if (ban !== null && ban.from !== null && ban.saidFrom !== null && (cells.days.at(-1) ?? '') >= ban.from) {
    marks.push({ day: ban.from, label: `in force from ${sayDay(model, ban.saidFrom)}`, isGrace: false });
    if (ban.graceUntil !== null && ban.graceUntil > ban.from)
      marks.push({ day: ban.graceUntil, label: 'grace over', isGrace: true });
  }
  const keys =
    ban === null
      ? NOTHING
      : html`${ban.from === null ? '' : html`<span class="key"><i class="c-bef"></i>before</span>`}${ban.graceUntil === null ? '' : html`<span class="key"><i class="c-grc"></i>grace</span>`}<span class="key"><i class="c-vio"></i>violation</span><span class="key"><i class="c-sus"></i>suspected (?)</span><br>`;
  const each = perCell(model);
  const weekends =
    ban !== null && cells.daysPerCell === 1
      ? ' Weekends are shaded: a fall there shows no change of habit.'
      : '';
  return html`<figure class="vchart">${dayBars(bars, marks, `Hosts with ${what} ${each}`, cells.daysPerCell === 1)}<figcaption>${keys}Hosts with ${what}, ${each}${ban === null ? '' : ', exempt ones left out'}.${weekends}</figcaption></figure>`;
}

function chartedTool(model: PageModel, { rule }: Verdict): string {
  const [only] = rule.tools?.length === 1 ? rule.tools : [];
  return bannedTool(rule, only === undefined ? null : knownName(model.document, only));
}

/** With a rule what it found on these days, as the table of findings has it; else hosts with any tool that is named. */
function barOf(model: PageModel, verdict: Verdict | undefined, day: string, cell: number): DayBar {
  if (verdict === undefined) {
    const count = model.rows.filter(({ uses }) =>
      uses.some(
        (each) =>
          !each.isProvider && each.use.confidence !== 'possible' && isUse(amountIn(model, each.use, cell)),
      ),
    ).length;
    return { day, parts: [{ phase: 'plain', count }], suspected: 0 };
  }
  const { before, grace, violation, suspected } = countDays(verdict.found, (each) =>
    isInCell(model, each, cell),
  );
  return {
    day,
    parts: [
      { phase: 'before', count: before },
      { phase: 'grace', count: grace },
      { phase: 'violation', count: violation },
    ],
    suspected,
  };
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
    if (verdict?.summary.verdict === 'inconclusive') return `Not at all: ${verdict.sentence}.`;
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
  if (ban === null || ban.saidFrom === null || ban.saidGraceUntil === null) return null;
  return formatDaySpan(ban.saidFrom, previousDay(ban.saidGraceUntil));
}
