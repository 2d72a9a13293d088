// Defines the link targets of a section, in the same file or on another page of a server. The markup is the same for
// both.

import type { Finding } from '../../model/report.ts';
import type { CellLinks } from '../sections/section.ts';
import type { ReportWords } from '../text/english-words.ts';
import type { ListNoun } from '../text/messages.ts';
import type { HostUse } from './host-row.ts';
import { type Html, html, NOTHING } from './markup.ts';

/** A function returns null if the target is not shown or has no page. */
export interface SectionLinks extends CellLinks {
  /** Links to the evidence of a use. */
  use(use: HostUse): string | null;
  section(id: 'findings' | 'evidence' | 'unseen'): string;
  /** Links to the page of a finding on which its state is changed. */
  finding(finding: Finding): string | null;
  /** Links to the same page for some days only, half-open; null if the page has one span. */
  days(from: string, before: string): string | null;
  /** Text about entries beyond the limit of a list. */
  more(count: number, noun: ListNoun): Html;
}

/** Links inside one file. `anchors` are the parts in the file. */
export function buildFileLinks(anchors: ReadonlySet<string>, { page: { lists } }: ReportWords): SectionLinks {
  const nowhere = () => null;
  return {
    use: ({ anchor }) => (anchors.has(anchor) ? `#${anchor}` : null),
    section: (id) => `#${id}`,
    tool: nowhere,
    host: nowhere,
    finding: nowhere,
    health: nowhere,
    sortTools: nowhere,
    days: nowhere,
    more: (count, noun) => (count <= 0 ? NOTHING : html`<p class="sm">${lists.elsewhere(count, noun)}</p>`),
  };
}
