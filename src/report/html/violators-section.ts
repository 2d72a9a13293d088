// Under the verdict: who broke a rule, since when, how much, how sure. The lines that the terminal and the table have too.

import { stateText } from '../text/finding-life-words.ts';
import { bySeverity, isGrave, toolNameOf } from '../text/finding-words.ts';
import { type Html, html, NOTHING } from './markup.ts';
import { outcomeTag } from './outcome-style.ts';
import type { PageModel } from './page-model.ts';
import type { Ways } from './ways.ts';

/** The rest stands with the findings. */
const MAX_LINES = 12;

export function violatorsSection({ document, zone, messages }: PageModel, ways: Ways): Html {
  const words = messages.page.evidence;
  const { heads } = messages;
  const grave = bySeverity(document.findings ?? []).filter(isGrave);
  if (grave.length === 0) return NOTHING;
  const hosts = new Map(document.hosts.map((host) => [host.host, host]));
  const hasStates = document.findingLog !== undefined;
  const more = grave.length - MAX_LINES;
  return html`<section id="violators" aria-labelledby="voh"><h2 id="voh">${words.violators}</h2>
<div class="scroll" role="region" aria-label="${messages.page.lists.tableOf(words.violators)}" tabindex="0"><table class="cards un"><caption>${words.violatorsCaption}</caption><thead><tr><th scope="col">${heads.result}</th><th scope="col">${heads.host}</th><th scope="col">${heads.name}</th><th scope="col">${words.group}</th><th scope="col">${heads.tool}</th><th scope="col">${heads.first}</th><th scope="col">${heads.last}</th><th scope="col" class="n">${heads.sent}</th><th scope="col">${heads.confidence}</th>${hasStates ? html`<th scope="col">${heads.state}</th>` : ''}</tr></thead><tbody>${grave
    .slice(0, MAX_LINES)
    .map((finding) => {
      const host = hosts.get(finding.host);
      return html`<tr><td data-l="${heads.result}">${outcomeTag(finding.result, messages)}</td><th scope="row"><span class="mono">${finding.host}</span></th><td data-l="${heads.name}">${host?.name ?? '–'}</td><td data-l="${words.group}">${host === undefined || host.groups.length === 0 ? '–' : host.groups.join(', ')}</td><td data-l="${heads.tool}" class="w">${toolNameOf(document, finding)}</td><td data-l="${heads.first}">${messages.time(finding.first, zone)}</td><td data-l="${heads.last}">${messages.time(finding.last, zone)}</td><td class="n" data-l="${heads.sent}">${messages.bytes(finding.payloadUp)}</td><td data-l="${heads.confidence}">${messages.confidences[finding.confidence]}</td>${hasStates ? html`<td data-l="${heads.state}">${stateText(finding, zone, messages)}</td>` : ''}</tr>`;
    })}</tbody></table></div>${more > 0 ? html`<p class="sm"><a href="${ways.section('findings')}">${words.moreFindings(more)}</a></p>` : ''}</section>
`;
}
