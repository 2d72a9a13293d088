// Selects the flows of a capture that belong to a finding, or to the use of a tool on a host.

import { hash } from 'node:crypto';
import { optionError, usageError } from '../model/errors.ts';
import type { FlowRecord } from '../model/flow.ts';
import type { EvidenceItem, Finding, HostReport, ReportDocument } from '../model/report.ts';
import { communityId } from '../net/community-id.ts';
import { nearestWord } from '../text/near-word.ts';
import { parseInstant } from '../time/instant.ts';
import { requireKnownHost } from './known-host.ts';

export type SliceQuestion = { readonly finding: string } | { readonly host: string; readonly tool: string };

export interface FlowSelection {
  /** Addresses of the host, or its MAC. */
  readonly hosts: ReadonlySet<string>;
  /** Server names, lower case. */
  readonly names: ReadonlySet<string>;
  readonly communityIds: ReadonlySet<string>;
  readonly firstUs: number;
  readonly lastUs: number;
}

/** Throws USAGE for a finding, host or tool that is not in the document, and for a pseudonym. */
export function selectFlows(document: ReportDocument, question: SliceQuestion): FlowSelection {
  if ('host' in question) {
    const [host] = requireKnownHost(document.hosts, question.host);
    const use = host === undefined ? undefined : findUse(host, question.tool);
    if (host === undefined || use === undefined)
      throw optionError(
        '--tool',
        `${question.tool} was not seen on ${question.host}`,
        'wiretally analyze lists the tools of each host',
      );
    return buildSelection(host, use.names, use.evidence, [use.firstSeen, use.lastSeen]);
  }
  const finding = requireFinding(document, question.finding);
  const host = document.hosts.find((candidate) => candidate.host === finding.host);
  if (host === undefined)
    throw optionError(
      '--finding',
      `the report has no host ${finding.host}`,
      'pass the captures of this finding',
    );
  const names = findUse(host, finding.tool)?.names ?? listTriedNames(document, finding);
  return buildSelection(host, names, finding.evidence, [finding.first, finding.last]);
}

const findUse = ({ tools, providers }: HostReport, tool: string) =>
  [...tools, ...providers].find((use) => use.tool === tool);

/** An attempt is not use, so it has no row. */
const listTriedNames = ({ attempts = [] }: ReportDocument, { host, tool }: Finding): { name: string }[] =>
  attempts.filter((attempt) => attempt.host === host && attempt.tools.includes(tool));

function requireFinding({ findings = [] }: ReportDocument, id: string): Finding {
  const found = findings.find((finding) => finding.id === id);
  if (found !== undefined) return found;
  const ids = findings.map((finding) => finding.id);
  // A similar id of another host belongs to another person.
  const ofHost = findings.filter(({ host }) => id.split('/').includes(host)).map((finding) => finding.id);
  const near = nearestWord(id, ofHost) ?? ofHost[0] ?? null;
  throw optionError(
    '--finding',
    `the policy has no finding "${id}" in these captures`,
    near !== null
      ? `did you mean ${near}?`
      : ids.length === 0
        ? 'the policy found nothing to report'
        : `pass an id from "findings" in analyze --format json, for example ${ids[0]}`,
  );
}

function buildSelection(
  host: HostReport,
  names: readonly { readonly name: string }[],
  evidence: readonly EvidenceItem[],
  times: readonly string[],
): FlowSelection {
  if (host.identity === 'pseudonym')
    throw usageError(
      `${host.host} is a pseudonym, which no packet contains`,
      'slice the captures without pseudonyms, or look the host up: wiretally reidentify',
    );
  const items = evidence.filter((item) => item.for);
  const all = [...times, ...items.flatMap(({ first, last }) => [first, last])].map(parseInstant);
  return {
    hosts: new Set([host.host, ...(host.addresses ?? [])]),
    names: new Set(names.map(({ name }) => name.toLowerCase())),
    communityIds: new Set(items.flatMap(({ communityIds }) => communityIds)),
    firstUs: Math.min(...all),
    lastUs: Math.max(...all),
  };
}

/**
 * A flow is selected by name, or by the Community ID of the evidence; it is of this host, and within the time of the
 * finding.
 */
export function isSelected(selection: FlowSelection, flow: FlowRecord): boolean {
  const isOfHost =
    selection.hosts.has(flow.client) || (flow.clientMac !== null && selection.hosts.has(flow.clientMac));
  if (!isOfHost || flow.lastUs < selection.firstUs || flow.flowFirstUs > selection.lastUs) return false;
  const names = [flow.sni, flow.otherSni, flow.proxy?.target.replace(/:\d+$/u, '') ?? null];
  if (names.some((name) => name !== null && selection.names.has(name.toLowerCase()))) return true;
  if (selection.communityIds.size === 0) return false;
  const id = communityId(flow, (bytes) => hash('sha1', bytes, 'base64'));
  return id !== null && selection.communityIds.has(id);
}
