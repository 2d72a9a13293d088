// Lists the rows of the screen: hosts with their tools, and tools with their hosts, filtered and sorted.

import type { Health, ToolHealth } from '../../model/health.ts';
import type { HostReport, ReportDocument, ToolTotals, ToolUse } from '../../model/report.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import { listUseRows, type UseRow } from '../document/use-rows.ts';
import { indexOutcomes, type Outcome, SEVERITY_ORDER } from '../text/policy-outcome.ts';
import { type Focus, ORDERS } from './focus.ts';

export interface HostRow {
  readonly key: string;
  readonly host: string;
  readonly word: string;
  readonly report: HostReport;
  readonly use: ToolUse;
  readonly outcome: Outcome | null;
}

export interface ToolRow {
  readonly key: string;
  readonly host: null;
  readonly word: string;
  readonly tool: ToolTotals;
  readonly hosts: readonly { readonly host: string; readonly names: readonly string[] }[];
}

export const listNames = (use: ToolUse): string[] => use.names.map(({ name }) => name);

export function hostRows(document: ReportDocument, focus: Focus): HostRow[] {
  const part = focus.filter.toLowerCase();
  const { rows } = listUseRows(document, indexOutcomes(document));
  return rows
    .filter((row) => part === '' || contains(row, part))
    .map(({ host, use, outcome }) => ({
      key: `${host.host}\n${use.tool}`,
      host: host.host,
      word: host.host,
      report: host,
      use,
      outcome,
    }))
    .sort(HOST_ORDERS[ORDERS.hosts[focus.order.hosts] ?? 'policy']);
}

function contains({ host, use, outcome }: UseRow, part: string): boolean {
  const words = [host.host, host.name ?? '', host.mac ?? '', ...host.groups, use.tool, use.name, use.vendor];
  return [...words, use.confidence, outcome?.kind ?? ''].some((word) => word.toLowerCase().includes(part));
}

type Compare<T> = (a: T, b: T) => number;

const compareHost: Compare<HostRow> = (a, b) =>
  compareHosts(a.host, b.host) || compareText(a.use.tool, b.use.tool);
/** RFC 3339 texts of one form sort like their instants. */
const compareLast: Compare<HostRow> = (a, b) =>
  compareText(b.use.lastSeen, a.use.lastSeen) || compareHost(a, b);

function rankSeverity({ outcome }: HostRow): number {
  const at = SEVERITY_ORDER.findIndex((result) => outcome !== null && result === outcome.kind);
  return at < 0 ? SEVERITY_ORDER.length : at;
}

const HOST_ORDERS: Readonly<Record<(typeof ORDERS.hosts)[number], Compare<HostRow>>> = {
  policy: (a, b) => rankSeverity(a) - rankSeverity(b) || compareLast(a, b),
  'last seen': compareLast,
  sent: (a, b) => b.use.bytesUp - a.use.bytesUp || compareHost(a, b),
  host: compareHost,
  tool: (a, b) => compareText(a.use.name, b.use.name) || compareHost(a, b),
};

export function toolRows(document: ReportDocument, focus: Focus): ToolRow[] {
  const part = focus.filter.toLowerCase();
  return document.tools
    .filter(({ tool, name, vendor }) =>
      [tool, name, vendor].some((word) => word.toLowerCase().includes(part)),
    )
    .map((tool) => ({
      key: tool.tool,
      host: null,
      word: tool.tool,
      tool,
      hosts: document.hosts.flatMap(({ host, tools }) =>
        tools.filter((use) => use.tool === tool.tool).map((use) => ({ host, names: listNames(use) })),
      ),
    }))
    .sort(TOOL_ORDERS[ORDERS.tools[focus.order.tools] ?? 'hosts']);
}

const compareName: Compare<ToolRow> = (a, b) => compareText(a.tool.name, b.tool.name);

const TOOL_ORDERS: Readonly<Record<(typeof ORDERS.tools)[number], Compare<ToolRow>>> = {
  hosts: (a, b) => b.tool.hosts - a.tool.hosts || compareName(a, b),
  sent: (a, b) => (b.tool.bytesUp ?? 0) - (a.tool.bytesUp ?? 0) || compareName(a, b),
  name: compareName,
};

export interface ConnectionRow {
  readonly key: string;
  readonly host: null;
  readonly word: string;
  readonly health: ToolHealth;
}

export function connectionRows({ tools }: Health, focus: Focus): ConnectionRow[] {
  const part = focus.filter.toLowerCase();
  return tools
    .filter(({ tool, name }) => [tool, name].some((word) => word.toLowerCase().includes(part)))
    .map((health) => ({ key: health.tool, host: null, word: health.tool, health }))
    .sort(CONNECTION_ORDERS[ORDERS.connections[focus.order.connections] ?? 'stopped']);
}

const countStopped = ({ health }: ConnectionRow): number => health.stopped + health.unresolved;
const compareToolName: Compare<ConnectionRow> = (a, b) => compareText(a.health.name, b.health.name);

const CONNECTION_ORDERS: Readonly<Record<(typeof ORDERS.connections)[number], Compare<ConnectionRow>>> = {
  stopped: (a, b) =>
    countStopped(b) - countStopped(a) || b.health.tried - a.health.tried || compareToolName(a, b),
  tried: (a, b) => b.health.tried - a.health.tried || compareToolName(a, b),
  name: compareToolName,
};
