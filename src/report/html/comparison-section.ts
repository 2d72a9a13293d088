// Two spans against each other on a page: what they rest on, what limits it, tools, then hosts.

import type { ComparedHost, ComparedTool, Comparison, HostState } from '../../model/report.ts';
import type { Zone } from '../../time/zone.ts';
import {
  both,
  type ChangeText,
  changeColumns,
  coverageText,
  hostsText,
  limitSentences,
  movedHosts,
  spanText,
} from '../comparison/words.ts';
import type { ReportWords } from '../text/english-words.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import type { Rows, Ways } from './ways.ts';

const GLYPHS = { none: '–', dash: '–' } as const;

export interface ComparisonWays extends Pick<Ways, 'tool' | 'more'> {
  /** To all of a host; null where it has no page. */
  host(host: string): string | null;
}

export function comparisonSection(
  comparison: Comparison,
  zone: Zone,
  { from, count }: Rows,
  ways: ComparisonWays,
  messages: ReportWords,
): Html {
  const words = messages.page.comparison;
  const [now, then] = [
    spanText(comparison.after, zone, '–', messages),
    spanText(comparison.before, zone, '–', messages),
  ];
  const { before, after, tools } = comparison;
  const hosts = comparison.hosts.slice(from, from + count);
  const limits = limitSentences(comparison, zone, '–', messages);
  const rest = comparison.hosts.length - hosts.length;
  return html`<section id="comparison" aria-labelledby="cmh"><h2 id="cmh">${words.heading(now, then)}</h2>
<dl class="spans"><div><dt>${words.before}</dt><dd>${then}: ${coverageText(before, messages)}</dd></div><div><dt>${words.after}</dt><dd>${now}: ${coverageText(after, messages)}</dd></div></dl>
${limits.length === 0 ? '' : html`<ul class="limits">${limits.map((sentence) => html`<li>${sentence}${messages.fullStop.trimEnd()}</li>`)}</ul>`}
${tools.length === 0 ? html`<p class="lead">${words.nothing}</p>` : html`${toolTable(comparison, ways, messages)}${hostTable(comparison, hosts, ways, messages)}${ways.more(rest, 'host')}<p class="sm soft">${words.legend}</p>`}</section>
`;
}

type Row = ComparedTool | ComparedHost;

type Figures = ReturnType<typeof changeColumns>;

const figuresOf = ({ all }: Comparison, messages: ReportWords): Figures =>
  changeColumns(all.violations !== null, GLYPHS, messages);

function figureHeads(figures: Figures): Html {
  return join(figures.map(({ head }) => html`<th scope="col" class="n">${head}</th>`));
}

function figureCells(figures: Figures, row: Row, messages: ReportWords): Html {
  return join(figures.map(({ head, of }) => cell(head, of(row), messages)));
}

/** Both values, and below them what became of them. */
function cell(head: string, change: ChangeText | null, messages: ReportWords): Html {
  if (change === null) return html`<td class="n" data-l="${head}"></td>`;
  const { difference, perDay } = change;
  return html`<td class="n" data-l="${head}">${both(change, messages)}${difference === '' ? '' : html`<span class="ch">${difference}</span>`}${perDay === '' ? '' : html`<span class="ch">${messages.comparison.perDay(perDay)}</span>`}</td>`;
}

function toolTable(comparison: Comparison, ways: ComparisonWays, messages: ReportWords): Html {
  const words = messages.page.comparison;
  const { heads } = messages;
  const figures = figuresOf(comparison, messages);
  const rows = comparison.tools.map((tool) => {
    const { name, tool: id, isProvider, suppressed, hosts } = tool;
    const way = ways.tool(id);
    const { fresh, gone, absent } = movedHosts(tool, GLYPHS.none);
    return html`<tr><th scope="row">${way === null ? name : html`<a href="${way}">${name}</a>`}${isProvider ? html`<span class="grp">${words.provider}</span>` : ''}${suppressed === true ? html`<span class="grp">${words.fewHosts}</span>` : ''}</th>${cell(heads.hosts, hostsText(hosts, GLYPHS.none, messages), messages)}<td class="n" data-l="${words.fresh}">${fresh}</td><td class="n" data-l="${heads.notSeen}">${gone}</td><td class="n" data-l="${words.notThere}">${absent}</td>${figureCells(figures, tool, messages)}</tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="${messages.page.lists.tableOf(words.tools)}" tabindex="0"><table class="cards cmp"><caption>${words.toolsCaption}</caption><thead><tr><th scope="col">${heads.tool}</th><th scope="col" class="n">${heads.hosts}</th><th scope="col" class="n">${words.fresh}</th><th scope="col" class="n">${heads.notSeen}</th><th scope="col" class="n">${words.notThere}</th>${figureHeads(figures)}</tr></thead><tbody>
${join(rows, '\n')}</tbody></table></div>`;
}

const STATE_TONES: Readonly<Record<HostState, string>> = {
  used: 'info',
  possible: 'susp',
  notSeen: 'none',
  absent: 'none',
  unknown: 'none',
};

function hostTable(
  comparison: Comparison,
  hosts: readonly ComparedHost[],
  ways: ComparisonWays,
  messages: ReportWords,
): Html {
  const words = messages.page.comparison;
  if (hosts.length === 0) return NOTHING;
  const state = (head: string, each: HostState): Html =>
    html`<td data-l="${head}"><span class="tag ${STATE_TONES[each]}">${messages.comparison.states[each]}</span></td>`;
  const figures = figuresOf(comparison, messages);
  const rows = hosts.map((host) => {
    const way = ways.host(host.host);
    const name = host.name === null ? '' : html`<span class="hn">${host.name}</span>`;
    return html`<tr><th scope="row" class="mono">${way === null ? host.host : html`<a href="${way}">${host.host}</a>`}${name}</th>${state(words.before, host.before)}${state(words.after, host.after)}${figureCells(figures, host, messages)}</tr>`;
  });
  const all = comparison.hosts.length;
  const shown = hosts.length < all ? hosts.length : null;
  return html`<div class="scroll" role="region" aria-label="${messages.page.lists.tableOf(words.hosts)}" tabindex="0"><table class="cards cmp"><caption>${words.hostsCaption(shown, all)}</caption><thead><tr><th scope="col">${messages.heads.host}</th><th scope="col">${words.before}</th><th scope="col">${words.after}</th>${figureHeads(figures)}</tr></thead><tbody>
${join(rows, '\n')}</tbody></table></div>`;
}
