// A report without the hosts that its policy withholds: what else is made of the windows is made without them too.

import { withheldHosts } from '../../library/apply-policy.ts';
import type { PolicyView } from '../../library/policy-file.ts';
import type { ReportDocument } from '../../model/report.ts';
import type { SourceRead } from '../input/source.ts';
import { sourceWithout } from '../input/source-part.ts';
import { type Reported, type ReportOnOptions, reportOn } from './report-run.ts';

export interface ReportedWithout {
  readonly reported: Reported;
  readonly source: SourceRead;
  readonly hidden: ReadonlySet<string>;
  /** What the document says of them. */
  readonly note: Pick<ReportDocument, 'withheld'>;
}

export function reportWithout(
  source: SourceRead,
  view: PolicyView,
  options: ReportOnOptions,
): ReportedWithout {
  const reported = reportOn(source, options);
  const { withheld, excluded, leastHosts } = withheldHosts(source, reported.attributions, view);
  const hidden = new Set([...withheld, ...excluded]);
  if (hidden.size === 0) return { reported, source, hidden, note: {} };
  const left = sourceWithout(source, hidden);
  const note = withheld.size === 0 ? {} : { withheld: { hosts: withheld.size, leastHosts } };
  return { reported: reportOn(left, options), source: left, hidden, note };
}
