// The report as one self-contained page that asks nothing of the network, and its content security policy proves it.

import type { ReportDocument } from '../../model/report.ts';
import { inParts } from '../../text/text-parts.ts';
import { renderJson } from '../format/json.ts';
import { longTime } from '../text/instant.ts';
import { plural } from '../text/quantity.ts';
import { comparisonSection } from './comparison-section.ts';
import { type Detail, evidenceSection, findingsSection, shownAnchors } from './evidence-section.ts';
import { exposureSection } from './exposure-section.ts';
import { hostsSection } from './hosts-section.ts';
import { glossarySection, methodSection, unseenSection } from './limits-section.ts';
import { type Html, html, Html as Markup, NOTHING } from './markup.ts';
import { pageHead } from './page-head.ts';
import { type PageModel, pageModel } from './page-model.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { ledgerSection, toolsSection } from './tools-section.ts';
import { periodText, verdictSection } from './verdict-section.ts';
import { violatorsSection } from './violators-section.ts';
import { waysInFile } from './ways.ts';

/** A page that opens at once everywhere: measured elsewhere, 3 MB of inlined data already feels stuck. */
export const MAX_PAGE_BYTES = 300_000;

/** What is compressed at once. */
const PART_LENGTH = 65_536;

interface Plan {
  /** Hosts in the strip. */
  readonly rows: number;
  /** Findings, and lines of other use, that can be opened. */
  readonly lines: number;
  readonly detail: Detail;
  readonly hasData: boolean;
}

/** Tried in this order until the page fits; what is left out is said on the page. */
const PLANS: readonly Plan[] = [
  { rows: 400, lines: 400, detail: { names: 12, evidence: 16 }, hasData: true },
  { rows: 400, lines: 400, detail: { names: 6, evidence: 8 }, hasData: true },
  { rows: 300, lines: 300, detail: { names: 4, evidence: 6 }, hasData: true },
  { rows: 300, lines: 300, detail: { names: 3, evidence: 4 }, hasData: true },
  { rows: 300, lines: 300, detail: { names: 2, evidence: 3 }, hasData: true },
  { rows: 200, lines: 200, detail: { names: 2, evidence: 5 }, hasData: false },
  // A row of the strip costs a third of a line that can be opened, and says more to most readers.
  { rows: 180, lines: 80, detail: { names: 1, evidence: 3 }, hasData: false },
  { rows: 150, lines: 40, detail: { names: 0, evidence: 3 }, hasData: false },
  { rows: 120, lines: 25, detail: { names: 0, evidence: 2 }, hasData: false },
  { rows: 60, lines: 25, detail: { names: 0, evidence: 2 }, hasData: false },
  { rows: 30, lines: 20, detail: { names: 0, evidence: 2 }, hasData: false },
];

export async function renderHtml(document: ReportDocument): Promise<string> {
  const model = pageModel(document);
  const head = await pageHead({
    title: `Wiretally: AI coding tools on the network, ${periodText(model)}`,
    style: STYLE,
    script: SCRIPT,
  });
  const data = await packed(renderJson(document));
  let text = '';
  for (const plan of PLANS) {
    if (plan.hasData && data === null) continue;
    text = page(model, plan, head, data ?? '').markup;
    if (new TextEncoder().encode(text).length <= MAX_PAGE_BYTES) break;
  }
  return text;
}

/**
 * The document, compressed: as text it would be as large as the page. Base64 has no sign that could end the element. Null
 * when it is larger than a page, which ends the compressing.
 */
async function packed(chunks: Iterable<string>): Promise<string | null> {
  const reader = compressed(chunks).getReader();
  let binary = '';
  for (;;) {
    const { done, value: bytes } = await reader.read();
    if (done) return btoa(binary);
    for (let at = 0; at < bytes.length; at += 8192)
      binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
    if (binary.length <= MAX_PAGE_BYTES) continue;
    await reader.cancel();
    return null;
  }
}

function compressed(chunks: Iterable<string>): ReadableStream<Uint8Array> {
  const parts = inParts(chunks, PART_LENGTH)[Symbol.iterator]();
  const encoder = new TextEncoder();
  const plain = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const { done, value } = parts.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  return plain.pipeThrough(new CompressionStream('deflate-raw'));
}

function page(model: PageModel, plan: Plan, head: Html, data: string): Html {
  const { document } = model;
  const ways = waysInFile(shownAnchors(model, plan.lines));
  const lines = { from: 0, count: plan.lines };
  const sections: [string, string, Html][] = [
    ['violators', 'Violations', violatorsSection(model, ways)],
    [
      'comparison',
      'Comparison',
      document.comparison === undefined
        ? NOTHING
        : comparisonSection(
            document.comparison,
            model.zone,
            { from: 0, count: plan.rows },
            { ...ways, host: () => null },
          ),
    ],
    ['hosts', 'Hosts by day', hostsSection(model, { from: 0, count: plan.rows }, ways)],
    ['tools', 'Tools', toolsSection(model, ways)],
    ['telemetry', 'Telemetry', ledgerSection(model)],
    ['advisories', 'Advisories', exposureSection(model)],
    ['findings', 'Findings', findingsSection(model, lines, plan.detail, ways)],
    [
      'evidence',
      model.outcomes === null ? 'Evidence' : 'Other use',
      evidenceSection(model, lines, plan.detail, ways),
    ],
    ['unseen', 'Not visible', unseenSection(model)],
    ['method', 'Method', methodSection(model)],
    ['glossary', 'Glossary', glossarySection(model)],
  ];
  const shown = sections.filter(([, , section]) => section !== NOTHING);
  const links = [['verdict', 'Verdict'] as const, ...shown.map(([id, name]) => [id, name] as const)];
  const made = document.generated === null ? '' : ` · made ${longTime(document.generated, model.zone)}`;
  return html`<!doctype html>
<html lang="en">
${head}
<body>
<a class="skip" href="#verdict">Skip to the verdict</a>
<header class="bar"><div><span class="logo">Wiretally</span><nav aria-label="Sections">${links.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav><button type="button" class="btn" id="theme" aria-pressed="false">Dark</button><button type="button" class="btn" id="print">Print</button><button type="button" class="btn" id="json">Data (JSON)</button></div></header>
<main><div class="head"><span><b>AI coding tools on the network</b>${document.policy === undefined ? '' : `, ${document.policy.name}`}</span><span>${periodText(model)}, ${document.period.timezone} · ${plural(document.hosts.length, 'host')}${made}</span></div>
${verdictSection(model, ways)}${shown.map(([, , section]) => section)}</main>
<footer>Made by Wiretally ${document.wiretally}, catalogue ${document.catalogue}. This file asks nothing of the network.${plan.hasData ? ' Its data is inside (Data button).' : ' Its data is too large to be inside: --format json has it.'}</footer>
${plan.hasData ? html`<script type="application/octet-stream" id="wiretally-data">${data}</script>` : ''}
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`;
}
