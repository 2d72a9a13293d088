// Draws figures of pages in addition to the tables of sections: the bar of traffic that was not visible, and the
// method.

import { sumOf } from '../../model/extremes.ts';
import type { ReportDocument } from '../../model/report.ts';
import { capitalize, formatCount } from '../../text/quantity.ts';
import { hasToolSelection } from '../sections/unseen.ts';
import { notVisibleRows, notVisibleShare } from '../text/not-visible-text.ts';
import { shareBar } from './charts.ts';
import { type Html, html, NOTHING, renderMarks } from './markup.ts';
import type { PageModel } from './page-model.ts';

export type Shown = Pick<PageModel, 'document' | 'messages'>;

const SPOT_CLASSES = ['p4', 'p5', 'p6', 'p3', 'p7', 'p8'] as const;

export function bytesBar({ document, messages }: Shown): Html {
  if (document.stats.bytes === 0) return NOTHING;
  const words = messages.sections.unseen;
  const notVisible = notVisibleShare(document);
  const tools = computeShare(document);
  const hidden = notVisibleRows(document).filter(({ kind }) => kind !== 'dns' && kind !== 'loss');
  const parts = [
    { name: words.everythingElse, share: Math.max(0, 1 - notVisible - tools), className: 'p1' },
    {
      name: hasToolSelection(document) ? words.toolsAsked : words.toolsAndProviders,
      share: Math.min(tools, 1 - notVisible),
      className: 'p2',
    },
    ...hidden.map((spot, i) => ({
      name: messages.blindSpots.kinds[spot.kind],
      share: spot.share,
      className: SPOT_CLASSES[i % SPOT_CLASSES.length] ?? 'p4',
    })),
  ];
  const shares = parts.map(({ name, share }) => `${name} ${messages.share(share)}`);
  return html`${shareBar(parts, shares.join(messages.listSeparator))}<p class="legend sm soft">${parts.map(({ className }, i) => html`<span class="lg"><i class="${className}"></i>${capitalize(shares[i] ?? '')}</span>`)}</p>`;
}

/**
 * Computes the share of tools. Relayed traffic is both in a row and in traffic that is not visible; it counts only as
 * the latter.
 */
function computeShare(document: ReportDocument): number {
  const all = sumOf(document.hosts, (host) => host.bytes);
  let bytes = 0;
  for (const { tools, providers, notVisible } of document.hosts) {
    const counted = [...tools.filter((tool) => tool.confidence !== 'possible'), ...providers];
    const used = sumOf(counted, (use) => use.bytesUp + use.bytesDown);
    const relayed = notVisible.find(({ kind }) => kind === 'relay')?.bytes ?? 0;
    bytes += Math.max(0, used - relayed);
  }
  return all === 0 ? 0 : Math.min(1, bytes / all);
}

/** Maximum captures that the method lists; the data contain all of them. */
const MAX_CAPTURES = 12;

export function methodColumns({ document, messages }: Shown): Html {
  const words = messages.sections.method;
  const english = messages.page.frame.englishParts();
  const [code = ''] = messages.tag.split('-');
  const language = code === 'en' ? '' : ` --language ${code}`;
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
  return html`<div class="cols"><div><h3>${words.howItWorks}</h3><p>${words.headers}</p>
<p>${renderMarks(words.runtimes)}</p>${english === null ? '' : html`<p>${english}</p>`}</div><div><h3>${words.numbers}</h3><p>${renderMarks(words.minutes)}</p><p>${renderMarks(words.requests)}</p><p>${renderMarks(words.sent)}</p></div><div><h3>${words.again}</h3><p><code>wiretally ${document.command} --format html${language}</code></p><dl class="kv">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value.length > 40 ? html`<code>${value}</code>` : value}</dd></div>`)}</dl>${
    document.captures.length === 0
      ? ''
      : html`<p class="sm soft">${words.read(
          document.captures.slice(0, MAX_CAPTURES).map(({ file, packets }) => words.capture(file, packets)),
          Math.max(0, document.captures.length - MAX_CAPTURES),
        )}</p>`
  }</div></div>`;
}
