// The page of the health of connections: figures over time by tool and name, and the diagnoses of one host.

import type { ReportDocument } from '../../model/report.ts';
import { diagnosisSection } from '../../report/html/diagnosis-section.ts';
import { healthSection } from '../../report/html/health-section.ts';
import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import { sectionsOn } from '../../report/html/sections.ts';
import { ENGLISH_WORDS } from '../../report/text/english-words.ts';
import { readerZone } from '../../report/text/instant.ts';
import { addressOf, keepSpan, type Question } from '../question.ts';
import type { HealthShown } from '../selection.ts';
import type { PageContent } from './frame.ts';
import { HEALTH_PATH, hostPath, toolPath, waysOnPages } from './links.ts';

/** `form`: the filters. */
export function healthPage(
  document: ReportDocument,
  question: Question,
  { health, attempts, host, diagnosis }: HealthShown,
  form: Html,
): Pick<PageContent, 'title' | 'path' | 'document' | 'body'> {
  const zone = readerZone(document);
  const span = keepSpan(question);
  const { tool } = question;
  // A host or tool of which there is no use has no other page.
  const hasHost = document.hosts.some((each) => each.host === host);
  const hasTool = document.hosts.some(({ tools, providers }) =>
    [...tools, ...providers].some((use) => use.tool === tool),
  );
  const about = [
    ...(host === null || !hasHost
      ? []
      : [html`<a href="${addressOf(hostPath(host), span)}">All of host ${host}</a>`]),
    ...(!hasTool ? [] : [html`<a href="${addressOf(toolPath(tool), span)}">All of tool ${tool}</a>`]),
    ...(host === null
      ? []
      : [html`<a href="${addressOf(HEALTH_PATH, question, { host: '' })}">all hosts</a>`]),
  ];
  const body = html`<h1 class="title">Health${host === null ? '' : html` of <span class="mono">${host}</span>`}</h1>${form}${about.length === 0 ? NOTHING : html`<p class="sm pager">${about}</p>`}${healthSection(
    health,
    zone,
    {
      tool: (id) => addressOf(HEALTH_PATH, question, { tool: id }),
      name: (name) => addressOf(HEALTH_PATH, question, { q: name }),
    },
  )}${host === null || diagnosis === null ? NOTHING : diagnosisSection(host, diagnosis.diagnoses, diagnosis.checked, zone)}${sectionsOn('health', { document: { ...document, attempts }, messages: ENGLISH_WORDS }, waysOnPages(HEALTH_PATH, question))}<p class="as">These figures as <a href="${addressOf('/api/v1/health', question)}">JSON</a>.</p>`;
  return { title: 'Health', path: HEALTH_PATH, document, body };
}
