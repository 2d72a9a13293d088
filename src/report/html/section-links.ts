// Defines the link targets of a section: another part of the same file, or another page of a server. The markup is the same
// for both.

import type { Finding } from '../../model/report.ts';
import type { CellWays } from '../sections/section.ts';
import type { ReportWords } from '../text/english-words.ts';
import type { ListNoun } from '../text/messages.ts';
import type { HostUse } from './host-row.ts';
import { type Html, html, NOTHING } from './markup.ts';

/** Null: it is not shown, or has no page. */
export interface Ways extends CellWays {
  /** To the evidence of a use. */
  use(use: HostUse): string | null;
  section(id: 'findings' | 'evidence' | 'unseen'): string;
  /** To the page of a finding, where its state is changed. */
  finding(finding: Finding): string | null;
  /** To the same about some days alone, half-open; null where the page has one span. */
  days(from: string, before: string): string | null;
  /** Text about entries beyond the limit of a list. */
  more(count: number, noun: ListNoun): Html;
}

/** Inside one file, of which `anchors` are the parts that are in it. */
export function waysInFile(anchors: ReadonlySet<string>, { page: { lists } }: ReportWords): Ways {
  const nowhere = () => null;
  return {
    use: ({ anchor }) => (anchors.has(anchor) ? `#${anchor}` : null),
    section: (id) => `#${id}`,
    ...{ tool: nowhere, host: nowhere, finding: nowhere, health: nowhere, sortTools: nowhere, days: nowhere },
    more: (count, noun) => (count <= 0 ? NOTHING : html`<p class="sm">${lists.elsewhere(count, noun)}</p>`),
  };
}
