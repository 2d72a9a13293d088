// A question of a command, page or program: its period, comparison, policy, and the part of the answer that is shown.

import type { BreakdownBy } from '../model/breakdowns.ts';
import type { HostReport } from '../model/report.ts';
import type { ReportRequest } from '../model/request.ts';
import type { Span } from '../store/span.ts';
import type { WindowQuery } from '../store/store.ts';
import type { PolicyView } from './inputs/policy-file.ts';
import type { View } from './view.ts';

export interface Question extends View {
  /** The document repeats the command that asks the same. */
  readonly command: string;
  /** The same as data; without it the document names no further commands. */
  readonly request?: ReportRequest;
  /** Windows that begin in it, in Unix seconds. */
  readonly span?: WindowQuery;
  /** The span before, which a comparison is with. */
  readonly against?: Span | null;
  /** Compare the span with as long a span just before. */
  readonly hasTrend?: boolean;
  readonly by?: BreakdownBy | undefined;
  /** Reports the findings that would remain if every server name were hidden. */
  readonly withoutNames?: boolean | undefined;
  /** Policy, hosts file, advisories and pseudonyms that it is answered by. */
  readonly policy?: PolicyView | null;
  /** When the answer was made. Absent: the same input gives the same bytes. */
  readonly generated?: Date | null;
  /** Called with the hosts as they are, before pseudonyms stand for them. */
  readonly onHosts?: (hosts: readonly HostReport[]) => void;
  /** The document is read many times, so that its rows are kept as they are. */
  readonly isReread?: boolean;
  /** Called with each of `hosts` that is silent in the span; without a span such a host is an error. */
  readonly onSilentHost?: (host: string) => void;
}

export const hasSpan = ({ span = {} }: Pick<Question, 'span'>): boolean =>
  span.sinceSeconds !== undefined || span.untilSeconds !== undefined;

export const withSpan = (question: Question, { from, to }: Span): Question => ({
  ...question,
  span: { sinceSeconds: from, untilSeconds: to },
});
