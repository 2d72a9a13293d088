// Limits of the page: traffic that is not visible and its effect; method; glossary.

import type { ReportDocument } from '../../model/report.ts';
import { MAX_LOSS, type NotVisibleKind, RELAY_ID } from '../../model/words.ts';
import {
  damageSentences,
  darkShare,
  listedGaps,
  NOT_VISIBLE_NAMES,
  notVisibleRows,
  unrecordedSentence,
} from '../text/blind-spots.ts';
import { longTime } from '../text/instant.ts';
import { formatBytes, formatCount, formatShare, plural } from '../text/quantity.ts';
import { shareBar } from './charts.ts';
import { type Html, html, join } from './markup.ts';
import type { PageModel } from './page-model.ts';
import { graceText } from './verdict-section.ts';

const SPOT_CLASSES = ['p4', 'p5', 'p6', 'p3', 'p7', 'p8'] as const;

export function unseenSection(model: PageModel): Html {
  const { document } = model;
  const spots = notVisibleRows(document);
  const notVisible = darkShare(document);
  const tools = toolShare(document);
  const hidden = spots.filter((spot) => spot.kind !== 'dns' && spot.kind !== 'loss');
  const parts = [
    { name: 'everything else', share: Math.max(0, 1 - notVisible - tools), className: 'p1' },
    {
      name: isToolAsked(document) ? 'the tools asked for' : 'AI coding tools and providers',
      share: Math.min(tools, 1 - notVisible),
      className: 'p2',
    },
    ...hidden.map((spot, i) => ({
      name: NOT_VISIBLE_NAMES[spot.kind],
      share: spot.share,
      className: SPOT_CLASSES[i % SPOT_CLASSES.length] ?? 'p4',
    })),
  ];
  const label = parts.map((part) => `${part.name} ${formatShare(part.share)}`).join(', ');
  const hosts = (kind: string): number =>
    document.hosts.filter((host) => host.notVisible.some((spot) => spot.kind === kind)).length;
  const rows = [
    ...spots.map(
      (spot) =>
        html`<tr><th scope="row">${capital(NOT_VISIBLE_NAMES[spot.kind])}</th><td class="n" data-l="Hosts">${hosts(spot.kind)}</td><td class="n" data-l="Bytes">${formatShare(spot.share)}</td><td class="w" data-l="Wire">${plural(spot.flows, 'flow')}, ${formatBytes(spot.bytes)}</td><td class="w" data-l="Effect">${spot.effect ?? ''}${relayNote(document, spot.kind)}</td></tr>`,
    ),
    ...sensorRows(model),
    html`<tr><th scope="row">Other networks</th><td class="n" data-l="Hosts">?</td><td class="n" data-l="Bytes">–</td><td class="w" data-l="Wire">Home, mobile and guest networks do not pass this sensor.</td><td class="w" data-l="Effect">This report says nothing about them.</td></tr>`,
  ];
  return html`<section id="unseen" aria-labelledby="uh"><h2 id="uh">What was not visible</h2><p class="lead">${notVisible === 0 ? 'No hidden names, tunnels or flows without their handshake were seen.' : `${formatShare(notVisible)} of all bytes could not be attributed to any name.`} “Not seen” in this report never means “not used”.</p>
${document.stats.bytes === 0 ? '' : html`${shareBar(parts, label)}<p class="legend sm soft">${parts.map((part) => html`<span class="lg"><i class="${part.className}"></i>${capital(part.name)} ${formatShare(part.share)}</span>`)}</p>`}
<div class="scroll" role="region" aria-label="What was not visible, table" tabindex="0"><table class="cards un"><caption class="sr">What was not visible, and its effect on the report</caption><thead><tr><th scope="col">What</th><th scope="col" class="n">Hosts</th><th scope="col" class="n">Bytes</th><th scope="col">What the wire shows</th><th scope="col">Effect on the reading</th></tr></thead><tbody>
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
function relayNote(document: ReportDocument, kind: NotVisibleKind): string {
  // Rows that were not asked for are not in the document.
  if (kind !== 'relay' || isToolAsked(document)) return '';
  const { hosts } = document;
  const named = hosts.filter(
    ({ notVisible, providers }) =>
      notVisible.some((spot) => spot.kind === kind) && !providers.some(({ tool }) => tool === RELAY_ID),
  ).length;
  return named === 0 ? '' : ` On ${plural(named, 'host')} other traffic names the tool all the same.`;
}

function sensorRows(model: PageModel): Html[] {
  const { stats, coverage } = model.document;
  const row = (name: string, bytes: string, wire: string, effect: string): Html =>
    html`<tr><th scope="row">${name}</th><td class="n" data-l="Hosts">all</td><td class="n" data-l="Bytes">${bytes}</td><td class="w" data-l="Wire">${wire}</td><td class="w" data-l="Effect">${effect}</td></tr>`;
  const rows: Html[] = [];
  const { listed, others } = listedGaps(coverage);
  const effect = 'Use in this time would be missing; figures of that day are lower bounds.';
  for (const gap of listed) {
    const until = gap.to === null ? 'on, for an unknown time' : `to ${longTime(gap.to, model.zone)}`;
    rows.push(
      row('Sensor gap', '–', `From ${longTime(gap.from, model.zone)} ${until}: ${gap.reason}.`, effect),
    );
  }
  if (others > 0)
    rows.push(row('Sensor gaps', '–', `${plural(others, 'gap')} more, none longer than these.`, effect));
  if (stats.kernelDrops > 0) {
    const share = stats.kernelDrops / (stats.packets + stats.kernelDrops);
    rows.push(
      row(
        'Packet loss',
        formatShare(share),
        `${formatCount(stats.kernelDrops)} of ${formatCount(stats.packets + stats.kernelDrops)} packets dropped by the kernel.`,
        share > MAX_LOSS
          ? `Above ${formatShare(MAX_LOSS)}: estimates are withheld where it happened.`
          : `Below the limit of ${formatShare(MAX_LOSS)}: estimates are ranges, wider where packets are missing.`,
      ),
    );
  }
  const unrecorded = unrecordedSentence(model.document);
  if (unrecorded !== null)
    rows.push(row('Span', '–', `There are ${unrecorded}.`, 'The report says nothing about that time.'));
  for (const sentence of damageSentences(model.document))
    rows.push(row('Damaged input', '–', `${sentence}.`, 'What was before it and around it is counted.'));
  return rows;
}

export function methodSection(model: PageModel): Html {
  const { document } = model;
  const facts: [string, string][] = [
    ['Wiretally', document.wiretally],
    ['Catalogue', document.catalogue],
    ...(document.sensor === null ? [] : [['Sensor', document.sensor] as [string, string]]),
    ['Packets', formatCount(document.stats.packets)],
    ['ClientHellos', formatCount(document.stats.clientHellos.complete)],
    ...(document.policy === undefined
      ? []
      : [['Policy SHA-256', document.policy.sha256] as [string, string]]),
  ];
  return html`<section id="method" aria-labelledby="mh"><h2 id="mh">Method and limits</h2><div class="cols"><div><h3>How it works</h3><p>Packet headers and TLS and QUIC handshakes are read. Nothing is decrypted; no content and no address of a page is kept. Names, handshake fingerprints, DNS answers and networks are matched with a catalogue of tools.</p>
<p>A fingerprint names a runtime (Bun, Node, rustls), hardly ever a tool. So a tool is <b>certain</b> only where a program that can be it worked with a name that no other program uses; who only asks for the name may be a monitor.</p></div><div><h3>How numbers are made</h3><p><b>Active minutes</b>: minutes with at least one model request under way; keep-alives and telemetry do not count. ±1 per session edge.</p><p><b>Requests</b>: bursts of upload answered by a stream. A range, rounded outwards; “no estimate” where the wire does not bear one.</p><p><b>Sent, received</b>: whole frames. The ledger counts payload only.</p></div><div><h3>To get this report again</h3><p><code>wiretally ${document.command} --format html</code></p><dl class="kv">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value.length > 40 ? html`<code>${value}</code>` : value}</dd></div>`)}</dl>${
    document.captures.length === 0
      ? ''
      : html`<p class="sm soft">Read: ${document.captures
          .slice(0, 12)
          .map((capture) => `${capture.file} (${plural(capture.packets, 'packet')})`)
          .join(
            ', ',
          )}${document.captures.length > 12 ? ` and ${document.captures.length - 12} more` : ''}.</p>`
  }</div></div></section>
`;
}

export function glossarySection(model: PageModel): Html {
  const grace = graceText(model);
  const words: [string, string][] = [
    [
      'Active minute',
      'A clock minute in which a model request was under way, keep-alives and telemetry not counted.',
    ],
    [
      'Certain, likely, possible',
      'How strong the evidence is. Certain: a name that only this tool uses. Likely: several pieces that agree. Possible: it fits, but other programs fit too.',
    ],
    [
      'ClientHello',
      'The first message of an encrypted connection. It is readable and often carries the server’s name.',
    ],
    ['ECH', 'Encrypted ClientHello: hides the server’s name from the network.'],
    ...(model.outcomes === null
      ? []
      : ([
          ['Exception', 'A dated permission written in the policy, with a reason and an approver.'],
          ...(grace === null
            ? []
            : [
                [
                  'Grace period',
                  `Days after the ban in which use is noted as information only. Here ${grace}.`,
                ] as [string, string],
              ]),
        ] as [string, string][])),
    ['JA3, JA4', 'Short codes for the form of a ClientHello. They tell the runtime, not the tool.'],
    ['Model request', 'An upload answered by a stream from a language model.'],
    [
      'Provider',
      'An API, a cloud or a gateway that several tools use. Where only its name was seen, no tool is named.',
    ],
    [
      'Relay, gateway',
      'A server in between that passes requests on, so that the tool talks to another name.',
    ],
    ['Telemetry', 'Usage and error data that a tool sends to its vendor in addition to model requests.'],
  ];
  return html`<section id="glossary" aria-labelledby="gh"><h2 id="gh">Glossary</h2><dl class="gloss">${words.map(([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl></section>
`;
}
