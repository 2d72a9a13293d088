// Defines a question of a command, page or program: its period, its comparison, its policy, and which part of the answer to show.

import type { BreakdownBy } from '../model/breakdowns.ts';
import type { HostReport } from '../model/report.ts';
import type { ReportRequest } from '../model/request.ts';
import type { Span } from '../store/span.ts';
import type { WindowQuery } from '../store/store.ts';
import type { PolicyView } from './inputs/policy-file.ts';
import type { View } from './view.ts';

export interface Question extends View {
  /** Command line that asks this question; the document repeats it. */
  readonly command: string;
  /** The same command line as data. Without it the document suggests no further commands. */
  readonly request?: ReportRequest;
  /** Requested span in Unix seconds: the windows that lie in it. */
  readonly span?: WindowQuery;
  /** The earlier span to compare with. */
  readonly against?: Span | null;
  /** Compare with the span of equal length just before. */
  readonly hasTrend?: boolean;
  readonly by?: BreakdownBy | undefined;
  /** Reports the findings that would remain if every server name were hidden. */
  readonly withoutNames?: boolean | undefined;
  /** Policy, hosts file, advisories and pseudonyms that apply to the answer. */
  readonly policy?: PolicyView | null;
  /** Time of the answer. Without it the same input gives the same bytes. */
  readonly generated?: Date | null;
  /** Called with the real hosts, before pseudonyms replace them. */
  readonly onHosts?: (hosts: readonly HostReport[]) => void;
  /** Keep the rows unpacked, because the document will be read many times. */
  readonly isReread?: boolean;
  /** Called with each of `hosts` that has no traffic in the span. Without a span such a host is an error. */
  readonly onSilentHost?: (host: string) => void;
}

export const hasSpan = ({ span = {} }: Pick<Question, 'span'>): boolean =>
  span.sinceSeconds !== undefined || span.untilSeconds !== undefined;

export const withSpan = (question: Question, { from, to }: Span): Question => ({
  ...question,
  span: { sinceSeconds: from, untilSeconds: to },
});
