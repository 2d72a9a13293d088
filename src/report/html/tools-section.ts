// Who else: every tool with its hosts, days and amounts; and the ledger of what was telemetry.

import { CONFIDENCES } from '../../model/confidence.ts';
import type { ReportDocument, ToolTotals, ToolUse } from '../../model/report.ts';
import { formatCount, formatRange, percentNumber } from '../../text/quantity.ts';
import { partsOf } from '../text/day-strip.ts';
import type { Outcome } from '../text/outcome.ts';
import { ledgerBars, sparkBars } from './charts.ts';
import { type Html, html, join, NOTHING } from './markup.ts';
import { outcomeTag } from './outcome-style.ts';
import { type PageModel, toolName, usesOfRows } from './page-model.ts';
import type { ToolColumn, Ways } from './ways.ts';

/** Longer periods have no bars in the table. */
const MAX_SPARKS = 31;

export function toolsSection(model: PageModel, ways: Ways): Html {
  const { messages } = model;
  const { heads } = messages;
  const words = messages.page.tools;
  const all = model.document.tools;
  const tools = all.filter(({ hosts, suppressed }) => hosts > 0 || suppressed === true);
  const possible = all.filter((tool) => !tools.includes(tool));
  const providers = providerTotals(model.document);
  if (all.length === 0 && providers.length === 0) return NOTHING;
  const counts = (tool: ToolTotals): number[] => {
    const hosts = new Map(tool.hostsByDay.map((day) => [day.date, day.hosts]));
    return model.days.count > MAX_SPARKS ? [] : partsOf(model.days, 1).map((day) => hosts.get(day) ?? 0);
  };
  const top = Math.max(1, ...tools.flatMap((tool) => tool.hostsByDay.map((day) => day.hosts)));
  const firsts = firstsOf(model);
  return html`<section id="tools" aria-labelledby="th"><h2 id="th">${words.heading}</h2>
<div class="scroll" role="region" aria-label="${messages.page.lists.tableOf(words.heading)}" tabindex="0"><table class="cards" id="tt"><caption>${words.caption(top)}</caption>
<thead><tr>${head(ways, 'name', heads.tool)}${model.outcomes === null ? '' : html`<th scope="col">${heads.policy}</th>`}${head(ways, 'hosts', heads.hosts)}<th scope="col">${words.perDay}</th><th scope="col">${heads.confidence}</th>${head(ways, 'minutes', heads.activeMinutes)}${head(ways, 'sent', heads.sent)}${head(ways, 'received', heads.received)}<th scope="col" class="n">${heads.requests}</th>${head(ways, 'first', heads.firstSeen)}</tr></thead><tbody>
${join(tools.map((tool) => toolRow(model, tool, { counts: counts(tool), top, first: firsts.get(tool.tool) }, ways)))}</tbody></table></div>
${possible.length === 0 ? '' : html`<p class="sm">${words.onlyPossible(possible.map(({ name, hostsByConfidence }) => words.onHosts(name, hostsByConfidence.possible)).join(messages.listSeparator))}</p>`}
${providers.length === 0 ? '' : html`<p class="sm">${words.providers(providers.map((each) => words.provided(each.name, each.hosts, messages.bytes(each.bytes))).join(messages.listSeparator))}</p>`}</section>
`;
}

const TEXT_COLUMNS: ReadonlySet<ToolColumn> = new Set(['name', 'first']);

function head(ways: Ways, by: ToolColumn, text: string): Html {
  const way = ways.sortTools(by);
  const align = TEXT_COLUMNS.has(by) ? '' : html` class="n"`;
  if (way === null)
    return html`<th scope="col"${align} data-s="${TEXT_COLUMNS.has(by) ? 't' : 'n'}">${text}</th>`;
  const sorted = way.sorted === null ? '' : html` aria-sort="${way.sorted}"`;
  return html`<th scope="col"${align}${sorted}><a href="${way.to}">${text}</a></th>`;
}

/** A use of each tool, and when any host first used it. */
function firstsOf({ rows }: PageModel): Map<string, First> {
  const firsts = new Map<string, First>();
  for (const { use, outcome } of usesOfRows(rows)) {
    const known = firsts.get(use.tool);
    if (known === undefined) firsts.set(use.tool, { seen: use.firstSeenEver, outcome });
    else if (use.firstSeenEver < known.seen) known.seen = use.firstSeenEver;
  }
  return firsts;
}

interface First {
  seen: string;
  readonly outcome: Outcome | null;
}

interface ToolSeen {
  /** Hosts by day, on a scale to `top`. */
  readonly counts: readonly number[];
  readonly top: number;
  readonly first: First | undefined;
}

function toolRow(model: PageModel, tool: ToolTotals, { counts, top, first }: ToolSeen, ways: Ways): Html {
  const way = ways.tool(tool.tool);
  const { messages } = model;
  const { heads } = messages;
  const words = messages.page.tools;
  const confidence = CONFIDENCES.filter((each) => tool.hostsByConfidence[each] > 0).map((each) =>
    words.byConfidence(each, tool.hostsByConfidence[each]),
  );
  const days =
    model.days.count <= MAX_SPARKS && tool.hosts > 0
      ? sparkBars(counts, top, words.hostsPerDay(counts.join(', ')))
      : html`<span class="soft">–</span>`;
  return html`<tr><th scope="row" data-v="${tool.name}">${way === null ? html`<b>${tool.name}</b>` : html`<a href="${way}"><b>${tool.name}</b></a>`}<span class="grp">${tool.vendor}</span></th>${model.outcomes === null ? '' : html`<td data-l="${heads.policy}">${policyOf(model, tool.tool, first)}</td>`}<td class="n" data-l="${heads.hosts}" data-v="${tool.hosts}">${tool.suppressed === true ? words.few : formatCount(tool.hosts)}</td><td data-l="${words.perDay}">${days}</td><td data-l="${heads.confidence}" class="w">${confidence.join(messages.listSeparator)}</td><td class="n" data-l="${heads.activeMinutes}" data-v="${tool.activeMinutes ?? -1}">${tool.activeMinutes === null ? '–' : formatCount(tool.activeMinutes)}</td><td class="n" data-l="${heads.sent}" data-v="${tool.bytesUp}">${tool.hosts === 0 ? '–' : messages.bytes(tool.bytesUp)}</td><td class="n" data-l="${heads.received}" data-v="${tool.bytesDown}">${tool.hosts === 0 ? '–' : messages.bytes(tool.bytesDown)}</td><td class="n" data-l="${heads.requests}">${tool.requests === null ? html`<span class="soft">${messages.noEstimate}</span>` : formatRange(tool.requests, 'total')}</td><td data-l="${heads.firstSeen}" class="sn" data-v="${first?.seen ?? ''}">${first === undefined ? '–' : messages.time(first.seen, model.zone)}</td></tr>
`;
}

function policyOf(model: PageModel, tool: string, first: First | undefined): Html {
  const ban = model.outcomes?.banOf(tool);
  if (ban) return html`<span class="tag viol">${model.messages.page.tools.banned}</span>`;
  return first?.outcome ? outcomeTag(first.outcome.kind, model.messages) : NOTHING;
}

function providerTotals(document: ReportDocument): { name: string; hosts: number; bytes: number }[] {
  const totals = new Map<string, { name: string; hosts: number; bytes: number }>();
  for (const host of document.hosts) {
    for (const use of host.providers) {
      const total = totals.get(use.tool) ?? { name: use.name, hosts: 0, bytes: 0 };
      totals.set(use.tool, {
        name: use.name,
        hosts: total.hosts + 1,
        bytes: total.bytes + use.bytesUp + use.bytesDown,
      });
    }
  }
  return [...totals.values()].sort((a, b) => b.bytes - a.bytes);
}

interface LedgerLine {
  readonly tool: string;
  readonly model: number;
  readonly telemetry: number;
  readonly low: number;
  readonly high: number;
  readonly method: 'name' | 'exchange';
}

/** Payload sent by all hosts, per tool: model requests next to telemetry. Left out where they cannot be distinguished. */
export function ledgerSection(model: PageModel): Html {
  const lines = ledgerLines(model);
  if (lines.length === 0) return NOTHING;
  const top = Math.max(1, ...lines.flatMap((line) => [line.model, line.high]));
  const more = lines
    .filter((line) => line.telemetry > line.model)
    .map((line) => toolName(model.document, line.tool));
  const { messages } = model;
  const { heads } = messages;
  const words = messages.page.tools;
  return html`<section id="telemetry" aria-labelledby="tlh"><h2 id="tlh">${words.ledger}</h2>
<p class="lead">${words.ledgerLead(more)}</p>
<div class="scroll" role="region" aria-label="${messages.page.lists.tableOf(heads.telemetry)}" tabindex="0"><table class="led cards"><caption class="sr">${words.ledgerCaption}</caption><thead><tr><th scope="col">${heads.tool}</th><th scope="col" class="bars"><span class="key"><i class="c-mod"></i>${words.modelRequests}</span><span class="key"><i class="c-tel"></i>${words.telemetryKey}</span><span class="key"><i class="c-tel2"></i>${words.estimateRange}</span></th><th scope="col" class="n">${words.model}</th><th scope="col" class="n">${heads.telemetry}</th><th scope="col" class="n">${words.telemetryShare}</th><th scope="col">${words.distinguishedBy}</th></tr></thead><tbody>
${join(lines.map((line) => ledgerRow(model, line, top)))}</tbody></table></div></section>
`;
}

function ledgerLines(model: PageModel): LedgerLine[] {
  const sums = new Map<
    string,
    { model: number; telemetry: number; low: number; high: number; method: 'name' | 'exchange' }
  >();
  const add = (use: ToolUse): void => {
    if (use.telemetry === null || use.confidence === 'possible') return;
    const sum = sums.get(use.tool) ?? { model: 0, telemetry: 0, low: 0, high: 0, method: 'name' as const };
    sums.set(use.tool, {
      model: sum.model + (use.modelPayloadUp ?? 0),
      telemetry: sum.telemetry + use.telemetry.payloadUp,
      low: sum.low + use.telemetry.min,
      high: sum.high + use.telemetry.max,
      method: use.telemetry.method === 'exchange' ? 'exchange' : sum.method,
    });
  };
  for (const { use } of usesOfRows(model.rows)) add(use);
  return [...sums]
    .map(([tool, sum]) => ({ tool, ...sum }))
    .sort((a, b) => b.telemetry - a.telemetry || (a.tool < b.tool ? -1 : 1));
}

function ledgerRow(model: PageModel, line: LedgerLine, top: number): Html {
  const { messages } = model;
  const words = messages.page.tools;
  const share = (telemetry: number): string =>
    messages.amount(percentNumber(telemetry / Math.max(1, telemetry + line.model)));
  const [low, high] = [share(line.low), share(line.high)];
  const amount =
    line.low === line.high
      ? messages.bytes(line.telemetry)
      : `${messages.bytes(line.low)}–${messages.bytes(line.high)}`;
  return html`<tr><th scope="row">${toolName(model.document, line.tool)}</th><td class="bars">${ledgerBars(line.model, line.low, Math.max(line.low, line.high), top)}</td><td class="n" data-l="${words.model}">${messages.bytes(line.model)}</td><td class="n" data-l="${messages.heads.telemetry}">${line.telemetry === 0 ? words.noneSeen : amount}</td><td class="n" data-l="${words.share}">${low === high ? messages.share(line.telemetry / Math.max(1, line.telemetry + line.model)) : `${low}–${high} %`}</td><td data-l="${words.distinguishedBy}" class="w soft">${line.method === 'name' ? words.byName : words.byShape}</td></tr>
`;
}
