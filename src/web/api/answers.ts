// What each address of the interface for programs answers: parts of the report document, by its own words.

import type { Comparison, ReportDocument } from '../../model/report.ts';
import { formatInstant } from '../../time/instant.ts';
import type { FleetTold } from '../fleet.ts';
import type { Question } from '../question.ts';
import { hostPart, selectPart, toolPart } from '../selection.ts';

const headOf = ({ wiretally, catalogue, period }: ReportDocument) => ({ wiretally, catalogue, period });

const findingsOf = ({ findings }: ReportDocument) => (findings === undefined ? {} : { findings });

export function reportAnswer(document: ReportDocument, question: Question): ReportDocument {
  return selectPart(document, question);
}

export function hostsAnswer(document: ReportDocument, question: Question) {
  return { ...headOf(document), hosts: selectPart(document, question).hosts };
}

export function hostAnswer(document: ReportDocument, _: Question, word: string) {
  const { host, ...part } = hostPart(document, word);
  return { ...headOf(document), host, ...findingsOf(part) };
}

export function toolsAnswer(document: ReportDocument, question: Question) {
  return { ...headOf(document), tools: selectPart(document, question).tools };
}

export function toolAnswer(document: ReportDocument, _: Question, id: string) {
  const part = toolPart(document, id);
  return { ...headOf(document), tools: part.tools, hosts: part.hosts, ...findingsOf(part) };
}

export function findingsAnswer(document: ReportDocument, question: Question) {
  const { policy, summary, findings = [] } = selectPart(document, question);
  return {
    ...headOf(document),
    ...(policy === undefined ? {} : { policy }),
    ...(summary === undefined ? {} : { summary }),
    findings,
  };
}

export function compareAnswer(document: ReportDocument, comparison: Comparison) {
  return { ...headOf(document), comparison };
}

export function notVisibleAnswer(document: ReportDocument, question: Question) {
  const { stats, coverage } = document;
  return { ...headOf(document), stats, coverage, notVisible: selectPart(document, question).notVisible };
}

/** As `wiretally fleet sensors --json` says it. */
export function sensorsAnswer(wiretally: string, { atMs, sensors }: FleetTold) {
  return { wiretally, at: formatInstant(atMs * 1000), sensors };
}
