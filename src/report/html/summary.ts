// The compliance summary: whether each rule is kept, on one sheet, with what limits the answer.

import type { Finding, ReportDocument } from '../../model/report.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import { damageSentences, lossSentence, notVisibleSentence } from '../text/blind-spots.ts';
import { reportDays } from '../text/day-strip.ts';
import { byGravity } from '../text/finding-words.ts';
import { formatDate, formatDaySpan, longTime, unixSeconds } from '../text/instant.ts';
import { formatBytes, formatCount, formatRange, plural } from '../text/quantity.ts';
import { type Verdict, verdicts } from '../text/verdict.ts';
import { type Html, html, NOTHING } from './markup.ts';
import { toolName } from './page-model.ts';
import { sheet } from './sheet.ts';

/** More lines than this are no summary; all findings stand in the page and in the other formats. */
const MAX_FINDINGS = 12;
const MAX_TOOLS = 10;

export function renderSummary(document: ReportDocument): Promise<string> {
  const zone = openZone(document.period.timezone);
  const days = reportDays(document, zone);
  const span = days.count === 0 ? 'no packets' : formatDaySpan(days.first, days.last);
  const body = html`<h1>AI coding tools: compliance summary</h1>
<p class="soft">${document.policy === undefined ? 'No policy was given' : document.policy.name}. ${span}, ${document.period.timezone}. ${plural(document.hosts.length, 'host')}.</p>
${document.policy === undefined ? html`<div class="box info"><b>No policy</b> Use is listed, and no verdict is given.</div>` : verdicts(document).map(verdictBox)}
${findingsTable(document, zone)}
${toolsTable(document)}
<h2>What limits this</h2>
<ul><li>Dark: ${notVisibleSentence(document)}.</li>${lossSentence(document) === null ? '' : html`<li>Lost: ${lossSentence(document) ?? ''}.</li>`}${damageSentences(
    document,
  )
    .slice(0, 3)
    .map(
      (sentence) => html`<li>${sentence}.</li>`,
    )}<li>“Not seen” does not mean “not used”. Networks that do not pass the sensor are not in this summary.</li><li>A finding is evidence about a machine, not about a person.</li></ul>
<h2>To check it</h2>
<p><code>wiretally ${document.command}</code></p>${document.policy === undefined ? '' : html`<p class="sm soft">Policy SHA-256 <code>${document.policy.sha256}</code></p>`}`;
  const made =
    document.generated === null ? '' : ` on ${formatDate(zone.dayOf(unixSeconds(document.generated)))}`;
  return sheet(
    `Compliance summary, ${span}`,
    body,
    html`Made by Wiretally ${document.wiretally}, catalogue ${document.catalogue}${made}, from ${plural(document.stats.packets, 'packet')}.`,
  );
}

const TONES = { kept: 'ok', notKept: 'viol', cannotSay: 'susp' } as const;

function verdictBox({ summary, label, headline, sentence, observed, limits, counts }: Verdict): Html {
  const rests = [observed, ...limits].filter((part) => part !== '');
  return html`<div class="box ${TONES[summary.verdict]}"><b>${label.charAt(0)}${label.slice(1).toLowerCase()}</b> ${headline}<br>${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.${counts.length === 0 ? '' : ` ${counts.join(', ')}.`}${rests.map((part) => ` ${part.charAt(0).toUpperCase()}${part.slice(1)}.`).join('')}</div>
`;
}

function findingsTable(document: ReportDocument, zone: Zone): Html {
  const findings = byGravity(document.findings ?? []).filter(
    ({ result }) => result === 'violation' || result === 'suspected',
  );
  if (findings.length === 0) return NOTHING;
  const row = (finding: Finding): Html =>
    html`<tr><td>${finding.result}</td><td><code>${finding.host}</code></td><td>${toolName(document, finding.tool)}</td><td>${finding.rule}</td><td>${finding.confidence}</td><td>${longTime(finding.first, zone)}</td><td>${longTime(finding.last, zone)}</td><td class="n">${finding.requests === null ? '–' : formatRange(finding.requests, 'host')}</td><td class="n">${formatBytes(finding.payloadUp)}</td></tr>`;
  return html`<h2>Violations and suspicions</h2>
<div class="scroll" role="region" aria-label="Violations and suspicions, table" tabindex="0"><table><thead><tr><th scope="col">Result</th><th scope="col">Host</th><th scope="col">Tool</th><th scope="col">Rule</th><th scope="col">Confidence</th><th scope="col">First</th><th scope="col">Last</th><th scope="col" class="n">Requests</th><th scope="col" class="n">Payload sent</th></tr></thead><tbody>${findings.slice(0, MAX_FINDINGS).map(row)}</tbody></table></div>${findings.length > MAX_FINDINGS ? html`<p class="sm soft">${plural(findings.length - MAX_FINDINGS, 'more finding')} in the report.</p>` : ''}`;
}

function toolsTable(document: ReportDocument): Html {
  const tools = document.tools.filter((tool) => tool.hosts > 0);
  if (tools.length === 0) return html`<h2>Tools</h2><p>No AI coding tool was seen.</p>`;
  return html`<h2>Tools seen</h2>
<div class="scroll" role="region" aria-label="Tools seen, table" tabindex="0"><table><thead><tr><th scope="col">Tool</th><th scope="col">Vendor</th><th scope="col" class="n">Hosts</th><th scope="col" class="n">Sent</th><th scope="col" class="n">Telemetry sent</th></tr></thead><tbody>${tools.slice(0, MAX_TOOLS).map((tool) => html`<tr><th scope="row">${tool.name}</th><td>${tool.vendor}</td><td class="n">${formatCount(tool.hosts)}</td><td class="n">${formatBytes(tool.bytesUp)}</td><td class="n">${tool.telemetryPayloadUp === null ? 'not told apart' : formatBytes(tool.telemetryPayloadUp)}</td></tr>`)}</tbody></table></div>${tools.length > MAX_TOOLS ? html`<p class="sm soft">${plural(tools.length - MAX_TOOLS, 'more tool')} in the report.</p>` : ''}`;
}
