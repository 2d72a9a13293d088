// Under the verdict: who broke a rule, since when, how much, how sure. The lines that the terminal and the table have too.

import { stateText } from '../text/finding-life-words.ts';
import { bySeverity, isGrave, toolNameOf } from '../text/finding-words.ts';
import { longTime } from '../text/instant.ts';
import { formatBytes, plural } from '../text/quantity.ts';
import { type Html, html, NOTHING } from './markup.ts';
import { outcomeTag } from './outcome-style.ts';
import type { PageModel } from './page-model.ts';
import type { Ways } from './ways.ts';

/** The rest stands with the findings. */
const MAX_LINES = 12;

export function violatorsSection({ document, zone }: PageModel, ways: Ways): Html {
  const grave = bySeverity(document.findings ?? []).filter(isGrave);
  if (grave.length === 0) return NOTHING;
  const hosts = new Map(document.hosts.map((host) => [host.host, host]));
  const hasStates = document.findingLog !== undefined;
  const more = grave.length - MAX_LINES;
  return html`<section id="violators" aria-labelledby="voh"><h2 id="voh">Violations and suspicions</h2>
<div class="scroll" role="region" aria-label="Violations and suspicions, table" tabindex="0"><table class="cards un"><caption>Times and amounts are of the finding alone: what was sent since the rule took effect. A row is evidence about a machine, not about a person.</caption><thead><tr><th scope="col">Result</th><th scope="col">Host</th><th scope="col">Name</th><th scope="col">Group</th><th scope="col">Tool</th><th scope="col">First</th><th scope="col">Last</th><th scope="col" class="n">Sent</th><th scope="col">Confidence</th>${hasStates ? html`<th scope="col">State</th>` : ''}</tr></thead><tbody>${grave
    .slice(0, MAX_LINES)
    .map((finding) => {
      const host = hosts.get(finding.host);
      return html`<tr><td data-l="Result">${outcomeTag(finding.result)}</td><th scope="row"><span class="mono">${finding.host}</span></th><td data-l="Name">${host?.name ?? '–'}</td><td data-l="Group">${host === undefined || host.groups.length === 0 ? '–' : host.groups.join(', ')}</td><td data-l="Tool" class="w">${toolNameOf(document, finding)}</td><td data-l="First">${longTime(finding.first, zone)}</td><td data-l="Last">${longTime(finding.last, zone)}</td><td class="n" data-l="Sent">${formatBytes(finding.payloadUp)}</td><td data-l="Confidence">${finding.confidence}</td>${hasStates ? html`<td data-l="State">${stateText(finding, zone)}</td>` : ''}</tr>`;
    })}</tbody></table></div>${more > 0 ? html`<p class="sm"><a href="${ways.section('findings')}">${plural(more, 'more finding')}</a></p>` : ''}</section>
`;
}
