// Links of sections on the pages of a server.

import { type Html, html, NOTHING } from '../../report/html/markup.ts';
import type { SectionLinks } from '../../report/html/section-links.ts';
import type { Rows, ToolColumn } from '../../report/sections/section.ts';
import { formatCount } from '../../text/quantity.ts';
import { getAddress, keepSpan, type Question } from '../address-question.ts';

export const HEALTH_PATH = '/health';
export const FINDINGS_PATH = '/findings';
const SECTIONS = { findings: FINDINGS_PATH, evidence: '/hosts', unseen: '/not-visible' } as const;
/** The page of one finding has its evidence, its changes, and the form. */
export const FINDING_PATH = '/finding';
function findingPath(id: string, span: Question): string {
  const base = getAddress(FINDING_PATH, span);
  return `${base}${base.includes('?') ? '&' : '?'}${new URLSearchParams({ id })}`;
}

export const hostPath = (host: string): string => `/hosts/${encodeURIComponent(host)}`;
export const toolPath = (tool: string): string => `/tools/${encodeURIComponent(tool)}`;

export function buildPageLinks(path: string, question: Question): SectionLinks {
  const span = keepSpan(question);
  return {
    use: ({ host }) => getAddress(hostPath(host.host), span),
    section: (id) => getAddress(SECTIONS[id], span),
    tool: (id) => getAddress(toolPath(id), span),
    host: (host) => getAddress(hostPath(host), span),
    finding: ({ id, life }) => (life === undefined ? null : findingPath(id, span)),
    health: (part) => getAddress(HEALTH_PATH, { ...span, ...part }),
    sortTools: (by) => ({
      to: getAddress(path, question, { sort: question.sort === by ? `-${by}` : by }),
      sorted: getSortDirection(by, question.sort),
    }),
    days: (from, before) => getAddress(path, question, { since: from, until: before }),
    // Further rows are on the next page.
    more: () => NOTHING,
  };
}

/** Returns the current direction of a column: texts and first times are ascending by default, amounts descending. */
function getSortDirection(by: ToolColumn, sort: Question['sort']): 'ascending' | 'descending' | null {
  const rises = by === 'name' || by === 'first';
  if (sort === by) return rises ? 'ascending' : 'descending';
  return sort === `-${by}` ? (rises ? 'descending' : 'ascending') : null;
}

/** Links on the page of one host, which contains its evidence. */
export function buildHostLinks(path: string, question: Question): SectionLinks {
  return { ...buildPageLinks(path, question), use: ({ anchor }) => `#${anchor}` };
}

export function buildRows({ page }: Question, count: number): Rows {
  return { from: (page - 1) * count, count };
}

export function pager(path: string, question: Question, { from, count }: Rows, all: number): Html {
  if (all <= count && from === 0) return NOTHING;
  const to = Math.min(from + count, all);
  const shown =
    from < all
      ? `${formatCount(from + 1)} to ${formatCount(to)} of ${formatCount(all)}`
      : `none: there are ${formatCount(all)}`;
  const { page } = question;
  return html`<nav class="pager" aria-label="Parts of the list"><span>${shown}</span>${page > 1 ? html`<a rel="prev" href="${getAddress(path, question, { page: page - 1 })}">before</a>` : ''}${to < all ? html`<a rel="next" href="${getAddress(path, question, { page: page + 1 })}">more</a>` : ''}</nav>`;
}

const TABLE_WORDS: Readonly<Record<string, string>> = {
  evidence: 'The evidence, with times and community ids,',
  coverage: 'All days',
};

/** Links to the CSV and JSON data, with the filters and the order of the page. */
export function asData(table: string, question: Question, json = table): Html {
  const words = TABLE_WORDS[table] ?? 'This table';
  return html`<p class="as">${words} as <a href="${getAddress(`/api/v1/${table}.csv`, question)}">CSV</a> or <a href="${getAddress(`/api/v1/${json}`, question)}">JSON</a>.</p>`;
}
