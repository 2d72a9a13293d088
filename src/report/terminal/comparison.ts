// A comparison of two spans for a terminal: what they rest on, what limits it, tools, then hosts.

import type { Comparison, ReportDocument } from '../../model/report.ts';
import { plural } from '../../text/quantity.ts';
import { labelled, wrap } from '../../text/text-layout.ts';
import { leftOutSentence } from '../document/use-rows.ts';
import {
  COMPARED_HOSTS,
  COMPARED_TOOLS,
  coverageText,
  limitSentences,
  spanText,
} from '../sections/comparison.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { readerZone } from '../text/instant.ts';
import { type Lines, shownInTerminal, tableLines } from './sections.ts';

const LABEL_COLUMN = 10;

export function comparisonLines(document: ReportDocument, comparison: Comparison, lines: Lines): string[] {
  const { width, paint } = lines;
  const { before, after, all, isComparable } = comparison;
  const zone = readerZone(document);
  const spanOf = (span: Comparison['before']): string => spanText(span, zone, ENGLISH_WORDS);
  const head = [
    paint('head', ENGLISH_WORDS.sections.comparison.heading(spanOf(after), spanOf(before)).toUpperCase()),
    ...labelled('  before', coverageText(before, ENGLISH_WORDS), width, LABEL_COLUMN),
    ...labelled('  after', coverageText(after, ENGLISH_WORDS), width, LABEL_COLUMN),
    ...limitSentences(comparison, zone).flatMap((sentence) =>
      labelled('  limit', sentence, width, LABEL_COLUMN).map((line) => paint('warn', line)),
    ),
    '',
  ];
  if (comparison.hosts.length === 0)
    return [...head, ...wrap('No AI coding tool was seen in what was observed of both spans.', width)];
  const hosts = shownInTerminal(COMPARED_HOSTS, document);
  const leftOut = leftOutSentence(hosts.more);
  const legend = [
    ...(isComparable
      ? [`All tools together: ${plural(all.hosts.before ?? 0, 'host')} to ${all.hosts.after ?? '–'}.`]
      : []),
    'NEW and NOT SEEN: hosts with the tool after or before alone; NOT THERE: no longer on the network, so its use is unknown.',
    'A change is shown if both spans support it; –: not distinguished. Requests and telemetry are estimates: more or less is shown if the ranges do not overlap.',
  ];
  return [
    ...head,
    ...tableLines(shownInTerminal(COMPARED_TOOLS, document), lines),
    '',
    ...tableLines(hosts, lines),
    '',
    ...(leftOut === '' ? [] : [...wrap(leftOut, width), '']),
    ...wrap(legend.join(' '), width).map((line) => paint('quiet', line)),
  ];
}
