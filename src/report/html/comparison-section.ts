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
  STATE_WORDS,
  spanText,
} from '../comparison/words.ts';
import { plural } from '../text/quantity.ts';
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
): Html {
  const { before, after, tools } = comparison;
  const hosts = comparison.hosts.slice(from, from + count);
  const limits = limitSentences(comparison, zone);
  const rest = comparison.hosts.length - hosts.length;
  return html`<section id="comparison" aria-labelledby="cmh"><h2 id="cmh">${spanText(after, zone)} against ${spanText(before, zone)}</h2>
<dl class="spans"><div><dt>Before</dt><dd>${spanText(before, zone)}: ${coverageText(before)}</dd></div><div><dt>After</dt><dd>${spanText(after, zone)}: ${coverageText(after)}</dd></div></dl>
${limits.length === 0 ? '' : html`<ul class="limits">${limits.map((sentence) => html`<li>${sentence}.</li>`)}</ul>`}
${tools.length === 0 ? html`<p class="lead">No AI coding tool was seen in the observed part of both spans. This does not prove that none was used.</p>` : html`${toolTable(comparison, ways)}${hostTable(comparison, hosts, ways)}${ways.more(rest, 'host')}<p class="sm soft">A change is shown if both spans support it; “–”: not distinguished. Requests and telemetry are estimates: “more” or “less” is shown if their ranges do not overlap. “Not there”: the host was not on the network, so its use is unknown.</p>`}</section>
`;
}

type Row = ComparedTool | ComparedHost;

type Figures = ReturnType<typeof changeColumns>;

const figuresOf = ({ all }: Comparison): Figures => changeColumns(all.violations !== null, GLYPHS);

function figureHeads(figures: Figures): Html {
  return join(figures.map(({ head }) => html`<th scope="col" class="n">${head}</th>`));
}

function figureCells(figures: Figures, row: Row): Html {
  return join(figures.map(({ head, of }) => cell(head, of(row))));
}

/** Both values, and below them what became of them. */
function cell(head: string, change: ChangeText | null): Html {
  if (change === null) return html`<td class="n" data-l="${head}"></td>`;
  const { difference, perDay } = change;
  return html`<td class="n" data-l="${head}">${both(change)}${difference === '' ? '' : html`<span class="ch">${difference}</span>`}${perDay === '' ? '' : html`<span class="ch">a day ${perDay}</span>`}</td>`;
}

function toolTable(comparison: Comparison, ways: ComparisonWays): Html {
  const figures = figuresOf(comparison);
  const rows = comparison.tools.map((tool) => {
    const { name, tool: id, isProvider, suppressed, hosts } = tool;
    const way = ways.tool(id);
    const { fresh, gone, absent } = movedHosts(tool, GLYPHS.none);
    return html`<tr><th scope="row">${way === null ? name : html`<a href="${way}">${name}</a>`}${isProvider ? html`<span class="grp">provider</span>` : ''}${suppressed === true ? html`<span class="grp">few hosts</span>` : ''}</th>${cell('Hosts', hostsText(hosts, GLYPHS.none))}<td class="n" data-l="New">${fresh}</td><td class="n" data-l="Not seen">${gone}</td><td class="n" data-l="Not there">${absent}</td>${figureCells(figures, tool)}</tr>`;
  });
  return html`<div class="scroll" role="region" aria-label="Tools compared, table" tabindex="0"><table class="cards cmp"><caption>Tools and providers, before to after; hosts that are new with it, on the network without it, and no longer on the network.</caption><thead><tr><th scope="col">Tool</th><th scope="col" class="n">Hosts</th><th scope="col" class="n">New</th><th scope="col" class="n">Not seen</th><th scope="col" class="n">Not there</th>${figureHeads(figures)}</tr></thead><tbody>
${join(rows, '\n')}</tbody></table></div>`;
}

const STATE_TONES: Readonly<Record<HostState, string>> = {
  used: 'info',
  possible: 'susp',
  notSeen: 'none',
  absent: 'none',
  unknown: 'none',
};

function hostTable(comparison: Comparison, hosts: readonly ComparedHost[], ways: ComparisonWays): Html {
  if (hosts.length === 0) return NOTHING;
  const state = (head: string, each: HostState): Html =>
    html`<td data-l="${head}"><span class="tag ${STATE_TONES[each]}">${STATE_WORDS[each]}</span></td>`;
  const figures = figuresOf(comparison);
  const rows = hosts.map((host) => {
    const way = ways.host(host.host);
    const name = host.name === null ? '' : html`<span class="hn">${host.name}</span>`;
    return html`<tr><th scope="row" class="mono">${way === null ? host.host : html`<a href="${way}">${host.host}</a>`}${name}</th>${state('Before', host.before)}${state('After', host.after)}${figureCells(figures, host)}</tr>`;
  });
  const shown =
    hosts.length < comparison.hosts.length
      ? `${hosts.length} of ${plural(comparison.hosts.length, 'host')}`
      : plural(hosts.length, 'host');
  return html`<div class="scroll" role="region" aria-label="Hosts compared, table" tabindex="0"><table class="cards cmp"><caption>${shown} with a tool or provider in either span, by address.</caption><thead><tr><th scope="col">Host</th><th scope="col">Before</th><th scope="col">After</th>${figureHeads(figures)}</tr></thead><tbody>
${join(rows, '\n')}</tbody></table></div>`;
}
