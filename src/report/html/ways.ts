// Where a section leads to: another part of the same file, or another page of a server. The markup is the same for both.

import type { Finding } from '../../model/report.ts';
import type { ReportWords } from '../text/english-words.ts';
import type { ListNoun } from '../text/messages.ts';
import type { HostUse } from './host-row.ts';
import { type Html, html, NOTHING } from './markup.ts';

/** Columns of the table of tools that it can be sorted by. */
export type ToolColumn = 'name' | 'hosts' | 'minutes' | 'sent' | 'received' | 'first';

/** To a table in another order, and how it stands by that now. */
export interface SortWay {
  readonly to: string;
  readonly sorted: 'ascending' | 'descending' | null;
}

/** A stretch of a list. */
export interface Rows {
  readonly from: number;
  readonly count: number;
}

export interface Ways {
  /** To the evidence of a use; null where it is not shown. */
  use(use: HostUse): string | null;
  section(id: 'findings' | 'evidence' | 'unseen'): string;
  /** To all of a tool; null where it has no page. */
  tool(id: string): string | null;
  /** To the page of a finding, where its state is changed; null where there is none. */
  finding(finding: Finding): string | null;
  /** To the health of the connections of a host or tool; null where it has no page. */
  health(part: { readonly host?: string; readonly tool?: string }): string | null;
  /** To the same table in another order; null where the script of the page puts it in order. */
  sortTools(by: ToolColumn): SortWay | null;
  /** To the same about some days alone, half-open; null where the page has one span. */
  days(from: string, before: string): string | null;
  /** Text about entries beyond the limit of a list. */
  more(count: number, noun: ListNoun): Html;
}

/** Inside one file, of which `anchors` are the parts that are in it. */
export function waysInFile(anchors: ReadonlySet<string>, { page: { lists } }: ReportWords): Ways {
  return {
    use: ({ anchor }) => (anchors.has(anchor) ? `#${anchor}` : null),
    section: (id) => `#${id}`,
    tool: () => null,
    finding: () => null,
    health: () => null,
    sortTools: () => null,
    days: () => null,
    more: (count, noun) => (count <= 0 ? NOTHING : html`<p class="sm">${lists.elsewhere(count, noun)}</p>`),
  };
}
