// Limits of the page: traffic that is not visible and its effect; method; glossary.

import { RELAY_ID } from '../../model/catalogue-words.ts';
import type { ReportDocument } from '../../model/report.ts';
import type { NotVisibleKind } from '../../model/window-words.ts';
import { MAX_LOSS } from '../../model/withheld.ts';
import { formatCount } from '../../text/quantity.ts';
import { damageSentences, listedGaps, unrecordedSentence } from '../text/blind-spots.ts';
import { darkShare, notVisibleRows } from '../text/not-visible.ts';
import { shareBar } from './charts.ts';
import { type Html, html, join, marked } from './markup.ts';
import { graceText, type PageModel } from './page-model.ts';

const SPOT_CLASSES = ['p4', 'p5', 'p6', 'p3', 'p7', 'p8'] as const;

export function unseenSection(model: PageModel): Html {
  const { document, messages } = model;
  const { kinds, effect } = messages.blindSpots;
  const { heads } = messages;
  const words = messages.page.unseen;
  const spots = notVisibleRows(document);
  const notVisible = darkShare(document);
  const tools = toolShare(document);
  const hidden = spots.filter((spot) => spot.kind !== 'dns' && spot.kind !== 'loss');
  const parts = [
    { name: words.everythingElse, share: Math.max(0, 1 - notVisible - tools), className: 'p1' },
    {
      name: isToolAsked(document) ? words.toolsAsked : words.toolsAndProviders,
      share: Math.min(tools, 1 - notVisible),
      className: 'p2',
    },
    ...hidden.map((spot, i) => ({
      name: kinds[spot.kind],
      share: spot.share,
      className: SPOT_CLASSES[i % SPOT_CLASSES.length] ?? 'p4',
    })),
  ];
  const label = parts
    .map((part) => `${part.name} ${messages.share(part.share)}`)
    .join(messages.listSeparator);
  const hosts = (kind: string): number =>
    document.hosts.filter((host) => host.notVisible.some((spot) => spot.kind === kind)).length;
  const rows = [
    ...spots.map(
      (spot) =>
        html`<tr><th scope="row">${capital(kinds[spot.kind])}</th><td class="n" data-l="${heads.hosts}">${hosts(spot.kind)}</td><td class="n" data-l="${heads.bytes}">${messages.share(spot.share)}</td><td class="w" data-l="${words.wireShort}">${messages.flows(spot.flows)}${messages.listSeparator}${messages.bytes(spot.bytes)}</td><td class="w" data-l="${words.effectShort}">${effect(spot.kind, spot.effect ?? '')}${relayNote(model, spot.kind)}</td></tr>`,
    ),
    ...sensorRows(model),
    html`<tr><th scope="row">${words.otherNetworks}</th><td class="n" data-l="${heads.hosts}">?</td><td class="n" data-l="${heads.bytes}">–</td><td class="w" data-l="${words.wireShort}">${words.otherNetworksWire}</td><td class="w" data-l="${words.effectShort}">${words.otherNetworksEffect}</td></tr>`,
  ];
  return html`<section id="unseen" aria-labelledby="uh"><h2 id="uh">${words.heading}</h2><p class="lead">${words.lead(notVisible === 0 ? null : messages.share(notVisible))}</p>
${document.stats.bytes === 0 ? '' : html`${shareBar(parts, label)}<p class="legend sm soft">${parts.map((part) => html`<span class="lg"><i class="${part.className}"></i>${capital(part.name)} ${messages.share(part.share)}</span>`)}</p>`}
<div class="scroll" role="region" aria-label="${messages.page.lists.tableOf(words.heading)}" tabindex="0"><table class="cards un"><caption class="sr">${words.caption}</caption><thead><tr><th scope="col">${words.what}</th><th scope="col" class="n">${heads.hosts}</th><th scope="col" class="n">${heads.bytes}</th><th scope="col">${words.wire}</th><th scope="col">${words.effect}</th></tr></thead><tbody>
${join(rows, '\n')}</tbody></table></div></section>
`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const isToolAsked = ({ selection }: ReportDocument): boolean => (selection?.tools.length ?? 0) > 0;

/** Relayed traffic stands in a row, and among what is not visible: here it is counted there alone. */
function toolShare(document: ReportDocument): number {
  const all = document.hosts.reduce((sum, host) => sum + host.bytes, 0);
  let bytes = 0;
  for (const { tools, providers, notVisible } of document.hosts) {
    const used = [...tools.filter((each) => each.confidence !== 'possible'), ...providers].reduce(
      (sum, use) => sum + use.bytesUp + use.bytesDown,
      0,
    );
    const relayed = notVisible.find(({ kind }) => kind === 'relay')?.bytes ?? 0;
    bytes += Math.max(0, used - relayed);
  }
  return all === 0 ? 0 : Math.min(1, bytes / all);
}

/** Hosts with a suspected relay are more than its rows where other traffic names the tool. */
function relayNote({ document, messages }: PageModel, kind: NotVisibleKind): string {
  // Rows that were not asked for are not in the document.
  if (kind !== 'relay' || isToolAsked(document)) return '';
  const { hosts } = document;
  const named = hosts.filter(
    ({ notVisible, providers }) =>
      notVisible.some((spot) => spot.kind === kind) && !providers.some(({ tool }) => tool === RELAY_ID),
  ).length;
  return named === 0 ? '' : ` ${messages.page.unseen.relayed(named)}`;
}

function sensorRows(model: PageModel): Html[] {
  const { messages, zone } = model;
  const { stats, coverage } = model.document;
  const { heads } = messages;
  const words = messages.page.unseen;
  const row = (name: string, bytes: string, wire: string, effect: string): Html =>
    html`<tr><th scope="row">${name}</th><td class="n" data-l="${heads.hosts}">${words.all}</td><td class="n" data-l="${heads.bytes}">${bytes}</td><td class="w" data-l="${words.wireShort}">${wire}</td><td class="w" data-l="${words.effectShort}">${effect}</td></tr>`;
  const rows: Html[] = [];
  const { listed, others } = listedGaps(coverage);
  for (const { from, to, reason } of listed) {
    const text = words.gapText(
      messages.time(from, zone),
      to === null ? null : messages.time(to, zone),
      messages.blindSpots.gapReason(reason),
    );
    rows.push(row(words.gap, '–', text, words.gapEffect));
  }
  if (others > 0) rows.push(row(words.gaps, '–', words.moreGaps(others), words.gapEffect));
  if (stats.kernelDrops > 0) {
    const share = stats.kernelDrops / (stats.packets + stats.kernelDrops);
    rows.push(
      row(
        words.loss,
        messages.share(share),
        words.lossText(formatCount(stats.kernelDrops), formatCount(stats.packets + stats.kernelDrops)),
        words.lossEffect(messages.share(MAX_LOSS), share > MAX_LOSS),
      ),
    );
  }
  const unrecorded = unrecordedSentence(model.document, messages);
  if (unrecorded !== null) rows.push(row(words.span, '–', words.spanText(unrecorded), words.spanEffect));
  for (const sentence of damageSentences(model.document, messages))
    rows.push(row(words.damaged, '–', `${sentence}${messages.fullStop.trimEnd()}`, words.damagedEffect));
  return rows;
}

/** Captures that the method names; all are in the data. */
const MAX_CAPTURES = 12;

export function methodSection(model: PageModel): Html {
  const { document, messages } = model;
  const words = messages.page.method;
  const english = messages.page.frame.englishParts();
  const facts: [string, string][] = [
    ['Wiretally', document.wiretally],
    [words.catalogue, document.catalogue],
    ...(document.sensor === null ? [] : [[words.sensor, document.sensor] as [string, string]]),
    [words.packets, formatCount(document.stats.packets)],
    ['ClientHellos', formatCount(document.stats.clientHellos.complete)],
    ...(document.policy === undefined
      ? []
      : [[`${messages.heads.policy} SHA-256`, document.policy.sha256] as [string, string]]),
  ];
  return html`<section id="method" aria-labelledby="mh"><h2 id="mh">${words.heading}</h2><div class="cols"><div><h3>${words.howItWorks}</h3><p>${words.headers}</p>
<p>${marked(words.runtimes)}</p>${english === null ? '' : html`<p>${english}</p>`}</div><div><h3>${words.numbers}</h3><p>${marked(words.minutes)}</p><p>${marked(words.requests)}</p><p>${marked(words.sent)}</p></div><div><h3>${words.again}</h3><p><code>wiretally ${document.command} --format html</code></p><dl class="kv">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value.length > 40 ? html`<code>${value}</code>` : value}</dd></div>`)}</dl>${
    document.captures.length === 0
      ? ''
      : html`<p class="sm soft">${words.read(
          document.captures.slice(0, MAX_CAPTURES).map(({ file, packets }) => words.capture(file, packets)),
          Math.max(0, document.captures.length - MAX_CAPTURES),
        )}</p>`
  }</div></div></section>
`;
}

export function glossarySection(model: PageModel): Html {
  const words = model.messages.page.method;
  const terms = words.terms(model.outcomes !== null, graceText(model));
  return html`<section id="glossary" aria-labelledby="gh"><h2 id="gh">${words.glossary}</h2><dl class="gloss">${terms.map(([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl></section>
`;
}
