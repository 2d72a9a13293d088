// Compares tools as reported with tools that would be found if every server name were hidden.

import { CONFIDENCES } from '../../model/confidence.ts';
import type { NamedPart, ReportDocument, ToolUse, WithoutNames } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';
import { addRanges } from '../../text/quantity.ts';

interface Row {
  readonly use: ToolUse;
  readonly isProvider: boolean;
  named: NamedPart | null;
  unnamed: NamedPart | null;
  traced: number;
}

/** Both documents must have the same span, hosts and tools. Tools come first, the strongest first, then providers. */
export function nameTable(named: ReportDocument, unnamed: ReportDocument): WithoutNames[] {
  const rows = new Map<string, Row>();
  const traced = new Set(
    unnamed.hosts
      .filter(({ tools, providers }) => tools.length + providers.length > 0)
      .map(({ host }) => host),
  );
  const withheld = new Set(named.tools.filter(({ suppressed }) => suppressed).map(({ tool }) => tool));
  const visit = ({ hosts }: ReportDocument, add: (row: Row, use: ToolUse, host: string) => void): void => {
    for (const { host, tools, providers } of hosts) {
      for (const use of tools) add(buildRow(rows, use, false), use, host);
      for (const use of providers) add(buildRow(rows, use, true), use, host);
    }
  };
  visit(named, (row, use, host) => {
    row.named = withUse(row.named, use);
    if (traced.has(host)) row.traced++;
  });
  visit(unnamed, (row, use) => {
    row.unnamed = withUse(row.unnamed, use);
  });
  return [...rows.values()]
    .filter(({ use }) => !withheld.has(use.tool))
    .sort(compareStrength)
    .map(({ use: { tool, name }, isProvider, ...parts }) => ({ tool, name, isProvider, ...parts }));
}

function buildRow(rows: Map<string, Row>, use: ToolUse, isProvider: boolean): Row {
  const key = `${isProvider} ${use.tool}`;
  const row = rows.get(key) ?? { use, isProvider, named: null, unnamed: null, traced: 0 };
  rows.set(key, row);
  return row;
}

function withUse(part: NamedPart | null, use: ToolUse): NamedPart {
  const kinds = use.evidence.flatMap(({ kind, for: speaksFor }) => (speaksFor ? [kind] : []));
  const [before, rank] = [part?.confidence ?? 'possible', CONFIDENCES.indexOf(use.confidence)];
  return {
    confidence: rank < CONFIDENCES.indexOf(before) ? use.confidence : before,
    hosts: (part?.hosts ?? 0) + 1,
    requests: addRanges(part?.requests ?? null, use.requests),
    evidence: [...new Set([...(part?.evidence ?? []), ...kinds])].sort(compareText),
  };
}

function compareStrength(a: Row, b: Row): number {
  const rank = ({ named }: Row): number =>
    named === null ? CONFIDENCES.length : CONFIDENCES.indexOf(named.confidence);
  return (
    Number(a.isProvider) - Number(b.isProvider) || rank(a) - rank(b) || compareText(a.use.tool, b.use.tool)
  );
}
