// The part of the Overview about a running sensor: rates, loss, the end of the open window, and provisional rows.

import type { HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { clockTime, readerZone } from '../../report/text/instant.ts';
import { formatCount, plural } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { type EarlyHellos, type LiveFigures, type LiveNow, liveFigures } from '../live/now.ts';

/** Hosts with provisional rows on the page; the first window shows all of them. */
const MAX_HOSTS = 100;
/** Names of tools in one row. */
const MAX_NAMES = 6;

const FIGURES: readonly (readonly [keyof LiveFigures, string])[] = [
  ['rate', 'Packets per second'],
  ['bits', 'Traffic'],
  ['lost', 'Lost since the start'],
  ['closes', 'Open window closes in'],
];

export function liveSection(
  document: ReportDocument,
  now: LiveNow | null,
  early: EarlyHellos | null,
  nowSeconds: number,
): Html {
  if (now === null) return NOTHING;
  const figures = liveFigures(now, nowSeconds);
  const rows = FIGURES.map(
    ([name, words]) => html`<div><dt>${words}</dt><dd data-live="${name}">${figures[name]}</dd></div>`,
  );
  return html`<section class="now" aria-labelledby="nh"><h2 id="nh">Live</h2><dl class="facts2">${rows}</dl>${early === null ? NOTHING : provisionalRows(early, readerZone(document))}</section>`;
}

function provisionalRows({ document, isCut }: EarlyHellos, zone: Zone): Html {
  const hosts = document.hosts.filter(({ tools, providers }) => tools.length + providers.length > 0);
  const head = html`<h3 id="ph">Before the first window</h3>`;
  if (hosts.length === 0)
    return html`${head}<p class="soft">No ClientHello to an AI service was seen yet. The first whole window shows what was used.</p>`;
  const cut = isCut ? ' More hellos were sent than are evaluated before the first window.' : '';
  const more = hosts.length - MAX_HOSTS;
  return html`${head}<p class="soft">Provisional: ClientHellos only. A server name alone proves no use. The first whole window shows whether a connection was established, and what for.${cut}</p><div class="scroll" role="region" aria-label="Provisional rows, table" tabindex="0"><table class="un prov"><caption class="sr">Hosts with a ClientHello to an AI service, before the first window</caption><thead><tr><th scope="col">Host</th><th scope="col">Tool or service</th><th scope="col">Confidence</th><th scope="col">First hello</th></tr></thead><tbody>${hosts.slice(0, MAX_HOSTS).map((host) => provisionalRow(host, zone))}</tbody></table></div>${more > 0 ? html`<p class="sm soft">${plural(more, 'more host')}.</p>` : NOTHING}`;
}

function provisionalRow(host: HostReport, zone: Zone): Html {
  const { host: address, name, groups, tools, providers } = host;
  const uses = [...providers, ...tools];
  const first = uses.map(({ firstSeen }) => firstSeen).reduce((a, b) => (a < b ? a : b));
  const who = [name ?? '', ...groups].filter((word) => word !== '').map(visibleText);
  return html`<tr><th scope="row"><span class="mono">${address}</span>${who.length === 0 ? '' : html` <span class="soft">${who.join(', ')}</span>`}</th><td>${namesOf(providers, tools)}</td><td>possible, provisional</td><td>${clockTime(first, zone)}</td></tr>`;
}

/** "Anthropic API; may be Claude Code": a name that several tools use leaves the tool open. */
function namesOf(providers: readonly ToolUse[], tools: readonly ToolUse[]): string {
  const list = (uses: readonly ToolUse[]): string => {
    const names = uses.slice(0, MAX_NAMES).map(({ name }) => visibleText(name));
    const more = uses.length - names.length;
    return `${names.join(', ')}${more > 0 ? ` or ${formatCount(more)} more` : ''}`;
  };
  const parts = [...(providers.length === 0 ? [] : [list(providers)])];
  if (tools.length > 0) parts.push(`may be ${list(tools)}`);
  return parts.join('; ');
}
