// Renders diagnoses as one self-contained page for administrators of the firewall, proxy or resolver.

import type { DiagnosisResult } from '../../model/diagnosis.ts';
import { joinWords, plural } from '../../text/quantity.ts';
import { openZone } from '../../time/zone.ts';
import { SCRIPT } from '../client/page.script.js';
import { changeSentences } from '../text/change-words.ts';
import { HALF_SEEN_TITLE, NO_NAME_SEEN } from '../text/failures.ts';
import { type ReaderZone, secondTime } from '../text/instant-text.ts';
import type { Sha256 } from '../text/render-options.ts';
import { checkedPart, groupTroubles, renderTrouble } from './diagnosis-section.ts';
import { Html, html, NOTHING } from './markup.ts';
import { pageHead } from './page-head.ts';
import { STYLE } from './style.ts';

/** Maximum links in the bar. */
const MAX_LINKS = 6;

/** The source of the page, and the version of the program. */
export interface DiagnosedSource {
  /** Names of files without their folders. */
  readonly files: readonly string[];
  readonly version: string;
  /** Time of the first and last diagnosed record; absent without any. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** `checks`: the checks of a name. `hidden`: what they cannot show. */
export async function diagnosisPage(
  result: DiagnosisResult,
  {
    timezone,
    checks,
    hidden,
    sha256,
    source,
  }: {
    readonly timezone: string;
    readonly checks: string;
    readonly hidden: string;
    readonly sha256?: Sha256 | undefined;
    readonly source?: DiagnosedSource | undefined;
  },
): Promise<string> {
  const zone = openZone(timezone);
  const { diagnoses, checked, halfSeen, comparison } = result;
  const troubles = groupTroubles(diagnoses);
  const [first] = troubles;
  const noFault = checked.length > 0 ? 'No fault seen' : halfSeen.length > 0 ? HALF_SEEN_TITLE : NO_NAME_SEEN;
  const title = first?.first.summary ?? noFault;
  const links = troubles
    .slice(0, MAX_LINKS)
    .map(({ first: { name, fault } }, i) => html`<a href="#d${i}">${name}: ${fault}</a>`);
  return html`<!doctype html>
<html lang="en">
${await pageHead({ title: `Diagnosis: ${title}`, style: STYLE, script: SCRIPT, sha256 })}
<body>
<a class="skip" href="#diagnosis">Skip to the diagnosis</a>
<header class="bar"><div><span class="logo">Wiretally</span><nav aria-label="Diagnoses">${links}<a href="#limits">Limits</a></nav><button type="button" class="btn" id="theme" aria-pressed="false">Dark</button><button type="button" class="btn" id="print">Print</button></div></header>
<main id="diagnosis"><div class="head"><span><b>Diagnosis of connections</b></span>${source === undefined ? NOTHING : renderSource(source, zone)}<span>times in ${timezone}</span></div>
<h1>${title}.</h1>
${comparison === undefined ? NOTHING : html`<h2>What changed</h2>${changeSentences(comparison, (instant) => secondTime(instant, zone)).map((text) => html`<p class="lead">${text}</p>`)}`}
${troubles.length > 0 || checked.length === 0 ? NOTHING : html`<p class="lead">Not visible: ${hidden}</p>`}
${troubles.length < 2 ? NOTHING : html`<p class="lead">${plural(troubles.length - 1, 'more fault')} below.</p>`}
${troubles.map((trouble, i) => renderTrouble(trouble, i, zone, i === 0))}${checkedPart(result)}
<section id="limits" aria-labelledby="lh"><h2 id="lh">What was checked, and the limits</h2><ul>${diagnoses.length + checked.length === 0 ? NOTHING : html`<li>Checked: ${checks}.</li>`}<li>Encrypted content cannot be read: ${hidden}</li><li>Only server names of known AI tools, and names given with <code>--name</code>, were followed.</li><li>What happens behind the capture point is not in the capture: a device there looks like the path or the provider, unless a second capture behind it (<code>--behind</code>) was compared.</li><li>A capture on the Internet side of a device that drops packets does not contain the attempts.</li><li>Not shown: the issuer of a certificate. To read it on the client, run <code>openssl s_client -connect NAME:443 -servername NAME &lt;/dev/null | openssl x509 -noout -issuer -dates</code>.</li><li>Not shown: URLs, answers and packets. Records keep outcomes, counts, sizes and times.</li></ul></section></main>
<footer>Made by Wiretally from packet headers and handshakes. No payload is in this file.</footer>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`.markup;
}

const MAX_FILES = 3;

function renderSource({ files, version, from, to }: DiagnosedSource, zone: ReaderZone): Html {
  const left = files.length - MAX_FILES;
  const names = `${joinWords(files.slice(0, MAX_FILES))}${left > 0 ? ` and ${plural(left, 'more file')}` : ''}`;
  const span =
    from === undefined || to === undefined
      ? NOTHING
      : html`<span>records from <time>${secondTime(from, zone)}</time> to <time>${secondTime(to, zone)}</time></span>`;
  return html`<span>${names}</span>${span}<span>Wiretally ${version}</span>`;
}
