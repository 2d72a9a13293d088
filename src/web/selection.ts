// The part of a document that an address asks for, in the order that it asks for.

import type { Comparison } from '../model/comparison.ts';
import type { Finding, HostReport, ReportDocument, ToolTotals } from '../model/report.ts';
import { compareText } from '../net/address.ts';
import { compareParts } from '../report/comparison/compare.ts';
import { isHost, isWantedHost, narrow } from '../report/document/narrow.ts';
import { PageError } from './page-error.ts';
import type { Question, ToolOrder } from './question.ts';

/** Hosts, tools and groups that fit, and what was found of them. */
export function selectPart(document: ReportDocument, question: Question): ReportDocument {
  const { host, group, tool, q, result } = question;
  const list = (word: string): string[] => (word === '' ? [] : [word]);
  const part = narrow(document, { hosts: list(host), groups: list(group), tools: list(tool) });
  const found = q === '' ? part : withHosts(part, (each) => holds(each, q.toLowerCase()));
  const findings = found.findings?.filter((each: Finding) => result === '' || each.result === result);
  return {
    ...found,
    tools: inOrder(found.tools, question.sort),
    ...(findings === undefined ? {} : { findings }),
  };
}

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

function withHosts(document: ReportDocument, fits: (host: HostReport) => boolean): ReportDocument {
  const hosts = document.hosts.filter(fits);
  if (hosts.length === 0)
    return { ...document, hosts: [], tools: [], notVisible: [], ...noFindings(document) };
  return narrow({ ...document, hosts }, { hosts: hosts.map(({ host }) => host), groups: [], tools: [] });
}

const noFindings = ({ findings }: ReportDocument): Partial<ReportDocument> =>
  findings === undefined ? {} : { findings: [] };

/** By address, name, MAC, group, tool, or a server name that was seen. */
export function holds({ host, name, mac, groups, tools, providers }: HostReport, part: string): boolean {
  const uses = [...tools, ...providers];
  return (
    [host, name ?? '', mac ?? '', ...groups, ...uses.flatMap((use) => [use.tool, use.name])].some((word) =>
      word.toLowerCase().includes(part),
    ) || uses.some((use) => use.names.some((each) => each.name.includes(part)))
  );
}

const ORDERS: Readonly<Record<ToolOrder, (tool: ToolTotals) => number>> = {
  hosts: ({ hosts }) => hosts,
  minutes: ({ activeMinutes }) => activeMinutes ?? -1,
  sent: ({ bytesUp }) => bytesUp,
  received: ({ bytesDown }) => bytesDown,
};

/** The most first; the usual order is by bytes. */
function inOrder(tools: readonly ToolTotals[], sort: Question['sort']): readonly ToolTotals[] {
  if (sort === '') return tools;
  const amount = ORDERS[sort];
  return [...tools].sort((a, b) => amount(b) - amount(a) || compareText(a.tool, b.tool));
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
