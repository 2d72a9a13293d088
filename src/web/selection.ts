// The part of a document that an address asks for, in the order that it asks for.

import type { Comparison } from '../model/comparison.ts';
import type { Finding, HostReport, ReportDocument } from '../model/report.ts';
import { compareParts } from '../report/comparison/compare.ts';
import { isHost, isWantedHost, narrow, narrowTo } from '../report/document/narrow.ts';
import { inOrder } from './order.ts';
import { PageError } from './page-error.ts';
import type { Question } from './question.ts';

/** Hosts, tools and groups that fit, and what was found of them. */
export function selectPart(document: ReportDocument, question: Question): ReportDocument {
  const { host, group, tool, q, result } = question;
  const list = (word: string): string[] => (word === '' ? [] : [word]);
  const part = narrow(document, { hosts: list(host), groups: list(group), tools: list(tool) });
  const words = q.toLowerCase();
  const found = q === '' ? part : narrowTo(part, (each) => holds(each, words), []);
  const hosts = new Set(found.hosts.map((each) => each.host));
  // A finding is found by its own words, too: a rule or a result is no part of a host.
  const findings = part.findings?.filter(
    (each) =>
      (result === '' || each.result === result) &&
      (q === '' || hosts.has(each.host) || findingHolds(each, words)),
  );
  return inOrder({ ...found, ...(findings === undefined ? {} : { findings }) }, question.sort);
}

/** By rule, host, tool or result. */
export const findingHolds = ({ rule, host, tool, result }: Finding, part: string): boolean =>
  [rule, host, tool, result].some((word) => word.toLowerCase().includes(part));

/** Both documents about the hosts and tools that are asked for, held against each other. */
export function comparePart(
  before: ReportDocument,
  after: ReportDocument,
  { host, group, tool, q }: Question,
): Comparison | null {
  const list = (word: string): string[] => (word === '' ? [] : [word]);
  const wanted = { hosts: list(host), groups: list(group), tools: list(tool) };
  const fits = (each: HostReport): boolean =>
    isWantedHost(each, wanted) && (q === '' || holds(each, q.toLowerCase()));
  return compareParts(before, after, fits, wanted.tools);
}

/** By address, name, MAC, group, tool, or a server name that was seen. */
export function holds({ host, name, mac, groups, tools, providers }: HostReport, part: string): boolean {
  const uses = [...tools, ...providers];
  return (
    [host, name ?? '', mac ?? '', ...groups, ...uses.flatMap((use) => [use.tool, use.name])].some((word) =>
      word.toLowerCase().includes(part),
    ) || uses.some((use) => use.names.some((each) => each.name.includes(part)))
  );
}

/** One host, with all of it. Throws PageError 404. */
export function hostPart(document: ReportDocument, word: string): ReportDocument & { host: HostReport } {
  const host = document.hosts.find((each) => isHost(each, word));
  if (host === undefined)
    throw new PageError(404, 'no such host was seen in this span', 'look for it in a longer one');
  return { ...narrow(document, { hosts: [host.host], groups: [], tools: [] }), host };
}

/** One tool or provider, on all hosts. Throws PageError 404. */
export function toolPart(document: ReportDocument, id: string): ReportDocument {
  const part = narrow(document, { hosts: [], groups: [], tools: [id] });
  const hosts = part.hosts.filter(({ tools, providers }) => tools.length + providers.length > 0);
  if (hosts.length === 0)
    throw new PageError(404, 'no such tool was seen in this span', 'look for it in a longer one');
  return { ...part, hosts };
}
