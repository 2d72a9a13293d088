// Renders the report as one self-contained page without network requests, which its content security policy enforces.

import type { ReportDocument } from '../../model/report.ts';
import { joinParts } from '../../text/text-parts.ts';
import { SCRIPT } from '../client/page.script.js';
import { withRelayName } from '../document/relay-name.ts';
import { renderJson } from '../format/json.ts';
import { ADVISORIES } from '../sections/advisories.ts';
import type { Rows, Section } from '../sections/section.ts';
import { OTHERS, orderSections, SECTIONS } from '../sections/section-list.ts';
import { TELEMETRY } from '../sections/telemetry.ts';
import { TOOLS } from '../sections/tools.ts';
import { VIOLATORS } from '../sections/violators.ts';
import { countClients } from '../text/client-hosts.ts';
import { messagesFor } from '../text/english-words.ts';
import type { RenderOptions } from '../text/render-options.ts';
import { comparisonSection } from './comparison-section.ts';
import { type Detail, evidenceSection, findingsSection, listAnchors } from './evidence-section.ts';
import { hostsSection } from './hosts-section.ts';
import { type Html, html, Html as Markup, NOTHING } from './markup.ts';
import { pageHead } from './page-head.ts';
import { type PageModel, pageModel } from './page-model.ts';
import { fragment, sectionPart } from './page-sections.ts';
import { buildFileLinks, type SectionLinks } from './section-links.ts';
import { STYLE } from './style.ts';
import { periodText, verdictSection } from './verdict-section.ts';

/**
 * Maximum size of a page that opens immediately everywhere. Measurements of others show that 3 MB of inlined data
 * already feel slow.
 */
export const MAX_PAGE_BYTES = 300_000;

/** Maximum compressed data. A larger page is unusable; programs read JSON. */
const MAX_DATA_BYTES = 512_000_000;

/** Bytes that a browser decodes in one step: a multiple of three, as base64 requires. */
const DATA_PIECE_BYTES = 786_432;

/** Characters that are compressed in one step. */
const PART_LENGTH = 65_536;

interface Plan {
  /** Maximum hosts in the strip. */
  readonly rows: number;
  /** Maximum findings, and maximum lines of other use, that can be opened. */
  readonly lines: number;
  readonly detail: Detail;
  readonly hasData: boolean;
}

/** The renderer tries these in order until the page fits. The page states what it omits. */
const PLANS: readonly Plan[] = [
  { rows: 400, lines: 400, detail: { names: 12, evidence: 16, filters: 'all' }, hasData: true },
  { rows: 400, lines: 400, detail: { names: 6, evidence: 8, filters: 'all' }, hasData: true },
  { rows: 300, lines: 300, detail: { names: 4, evidence: 6, filters: 'findings' }, hasData: true },
  { rows: 300, lines: 300, detail: { names: 3, evidence: 4, filters: 'findings' }, hasData: true },
  { rows: 300, lines: 300, detail: { names: 2, evidence: 3, filters: 'findings' }, hasData: true },
  { rows: 200, lines: 200, detail: { names: 2, evidence: 5, filters: 'findings' }, hasData: false },
  { rows: 200, lines: 120, detail: { names: 1, evidence: 3, filters: 'findings' }, hasData: false },
  // A row of the strip has a third of the size of a line that can be opened, and is more informative for most readers.
  { rows: 180, lines: 80, detail: { names: 1, evidence: 3, filters: 'none' }, hasData: false },
  { rows: 150, lines: 40, detail: { names: 0, evidence: 3, filters: 'none' }, hasData: false },
  { rows: 120, lines: 25, detail: { names: 0, evidence: 2, filters: 'none' }, hasData: false },
  { rows: 60, lines: 25, detail: { names: 0, evidence: 2, filters: 'none' }, hasData: false },
  { rows: 30, lines: 20, detail: { names: 0, evidence: 2, filters: 'none' }, hasData: false },
];

/** Yields the page in pieces: the visible part, its data, its end. */
export async function renderHtml(
  document: ReportDocument,
  { hasWholeData = false, language, sha256 }: Partial<RenderOptions> = {},
): Promise<string[]> {
  const messages = await messagesFor(language);
  const model = pageModel(withRelayName(document, messages.relayName), null, messages);
  const head = await pageHead({
    title: model.messages.page.frame.title(periodText(model)),
    style: STYLE,
    script: SCRIPT,
    sha256,
  });
  const data = await packData(renderJson(document), hasWholeData ? MAX_DATA_BYTES : MAX_PAGE_BYTES);
  const end = renderEnd();
  // Declared sections are identical in every plan, because their cells do not link to uses. They are built once.
  const links = buildFileLinks(new Set(), model.messages);
  const sections = new Map(SECTIONS.map((section) => [section, sectionPart(section, model, links)]));
  // Requested data follow the page, so that the page opens immediately.
  const sizeInside = hasWholeData || data === null ? 0 : sumSizes(data);
  let [text, isInside] = ['', false];
  for (const plan of PLANS) {
    isInside = data !== null && (hasWholeData || plan.hasData);
    if (!hasWholeData && plan.hasData && !isInside) continue;
    text = renderPage(model, sections, plan, head, isInside);
    const size = new TextEncoder().encode(text).length + end.length + (isInside ? sizeInside : 0);
    if (size <= MAX_PAGE_BYTES) break;
  }
  return [text, ...(isInside && data !== null ? data : []), end];
}

const sumSizes = (pieces: readonly string[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);

/**
 * Compresses the document into elements that no browser runs, because as text it would be as large as the page. Base64
 * has no character that could end an element. Returns null if it is larger than `most`; then compression stops.
 */
async function packData(chunks: Iterable<string>, most: number): Promise<string[] | null> {
  const { readable, writable } = new CompressionStream('deflate-raw');
  const pieces: string[] = [];
  let [binary, length] = ['', 0];
  const end = (): void => {
    pieces.push(`<script type="application/octet-stream" class="data">${btoa(binary)}</script>\n`);
    binary = '';
  };
  const read = async (): Promise<void> => {
    const reader = readable.getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      length += value.length;
      if (length > most) continue;
      for (let at = 0; at < value.length; at += 8192)
        binary += String.fromCharCode(...value.subarray(at, at + 8192));
      if (binary.length >= DATA_PIECE_BYTES) end();
    }
  };
  await Promise.all([write(chunks, writable, () => length <= most), read()]);
  if (binary !== '') end();
  return length > most ? null : pieces;
}

/**
 * Writes each part after the stream has accepted the previous one. A piped stream would read all of a large report
 * before compression begins.
 */
async function write(
  chunks: Iterable<string>,
  writable: CompressionStream['writable'],
  isWanted: () => boolean,
): Promise<void> {
  const encoder = new TextEncoder();
  const writer = writable.getWriter();
  for (const part of joinParts(chunks, PART_LENGTH)) {
    if (!isWanted()) break;
    await writer.write(encoder.encode(part));
  }
  await writer.close();
}

/** Fragment, name of the link to it, and markup. */
type Part = readonly [string, string, Html];

function renderCompared(model: PageModel, rows: Rows, links: SectionLinks): Html {
  const { comparison } = model.document;
  return comparison === undefined ? NOTHING : comparisonSection(comparison, model, rows, links);
}

/** Renders the page up to the position of its data. */
function renderPage(
  model: PageModel,
  sections: ReadonlyMap<Section, Html>,
  plan: Plan,
  head: Html,
  hasData: boolean,
): string {
  const { document, messages } = model;
  const { frame } = messages.page;
  const links = buildFileLinks(listAnchors(model, plan.lines), messages);
  const lines = { from: 0, count: plan.lines };
  const { navigation } = frame;
  const rows = { from: 0, count: plan.rows };
  const order = orderSections<Part>([
    VIOLATORS,
    ['comparison', messages.sections.comparison.title, renderCompared(model, rows, links)],
    ['hosts', navigation.hosts, hostsSection(model, rows, links)],
    TOOLS,
    TELEMETRY,
    ADVISORIES,
    ['findings', navigation.findings, findingsSection(model, lines, plan.detail, links)],
    [
      'evidence',
      model.outcomes === null ? navigation.evidence : navigation.otherUse,
      evidenceSection(model, lines, plan.detail, links),
    ],
    OTHERS,
  ]);
  const parts = order.map(
    (part): Part =>
      'id' in part ? [fragment(part), messages.sections[part.id].title, sections.get(part) ?? NOTHING] : part,
  );
  const shown = parts.filter(([, , section]) => section !== NOTHING);
  const tabs = [['verdict', navigation.verdict] as const, ...shown];
  const generated =
    document.generated === null ? '' : frame.made(messages.time(document.generated, model.zone));
  const script = frame.scriptWords();
  return html`<!doctype html>
<html lang="${messages.tag}">
${head}
<body${script === null ? '' : html` data-words="${JSON.stringify(script)}"`}>
<a class="skip" href="#verdict">${frame.skip}</a>
<header class="bar"><div><span class="logo">Wiretally</span><nav aria-label="${frame.sections}">${tabs.map(([id, name]) => html`<a href="#${id}">${name}</a>`)}</nav><div class="tools" role="search"><label class="sr" for="hq">${frame.search}</label><input id="hq" type="search" size="12" autocomplete="off" placeholder="${frame.searchHint}"><span class="sm soft" role="status" id="hn"></span></div><button type="button" class="btn" id="theme" aria-pressed="false">${frame.dark}</button><button type="button" class="btn" id="print">${frame.print}</button><button type="button" class="btn" id="json">${frame.data}</button></div></header>
<main><div class="head"><span><b>${frame.heading}</b>${document.policy === undefined ? '' : `, ${document.policy.name}`}</span><span>${periodText(model)}, ${document.period.timezone} · ${messages.hosts(countClients(document))}${generated}</span></div>
${verdictSection(model, links)}${shown.map(([, , section]) => section)}</main>
<footer>${frame.footer(document.wiretally, document.catalogue)} ${hasData ? frame.dataInside : frame.dataElsewhere}</footer>
`.markup;
}

const renderEnd = (): string =>
  html`<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.markup;
