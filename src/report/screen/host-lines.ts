// One host, down to its evidence: what stands on the screen when it is opened, line by line.

import type { EvidenceItem, Finding, HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import { wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { OUTCOME_ROLES } from '../terminal/columns.ts';
import { NOT_VISIBLE_NAMES } from '../text/blind-spots.ts';
import { findingNumbers } from '../text/finding-words.ts';
import { longTime, readerZone } from '../text/instant.ts';
import { OUTCOME_WORDS } from '../text/outcome-words.ts';
import { bytesText, formatBytes, formatRange, formatShare, plural } from '../text/quantity.ts';
import type { Glyphs } from '../text/render-options.ts';
import { type Line, textLine } from './line.ts';

const MOST_EVIDENCE = 200;
const MOST_NAMES = 50;
const MOST_IDS = 4;

export function hostLines(document: ReportDocument, host: HostReport, width: number, glyphs: Glyphs): Line[] {
  const zone = readerZone(document);
  const facts = [
    host.name ?? '',
    host.mac ?? '',
    (host.addresses ?? []).join(', '),
    host.sameMachine === undefined ? '' : `the same machine as ${host.sameMachine.join(', ')}`,
    host.severalMachines === true ? 'several machines showed this address' : '',
    host.behindRouter === true ? 'behind a router: MAC addresses prove nothing' : '',
    host.groups.join(', '),
    `${formatBytes(host.bytes)}, ${plural(host.flows, 'flow')}`,
  ].filter((fact) => fact !== '');
  const put = (text: string, indent = 0): Line[] =>
    wrap(visibleText(text), width - indent).map((line) => textLine(' '.repeat(indent) + line));
  const findings = (document.findings ?? []).filter((finding) => finding.host === host.host);
  const hidden = host.notVisible
    .filter(({ bytes }) => bytes > 0)
    .map(({ kind, share }) => `${NOT_VISIBLE_NAMES[kind]} ${formatShare(share)}`);
  return [
    ...put(facts.join('; ')),
    ...findings.flatMap((finding) => findingPart(finding, zone, put)),
    ...[...host.tools, ...host.providers].flatMap((use) => [
      textLine(''),
      textLine(`${visibleText(use.name)}, ${use.confidence}`, 'head'),
      ...put(amounts(use, zone, glyphs), 2),
      ...evidenceOf(use, zone, put),
    ]),
    textLine(''),
    textLine('NOT VISIBLE', 'head'),
    ...put(hidden.length === 0 ? 'nothing of this host was hidden' : `of its bytes: ${hidden.join(', ')}`, 2),
  ];
}

type Put = (text: string, indent?: number) => Line[];

function findingPart(finding: Finding, zone: Zone, put: Put): Line[] {
  const { result, rule, confidence, first, last, against, next } = finding;
  return [
    textLine(''),
    textLine(
      `${OUTCOME_WORDS[result].toUpperCase()}, ${visibleText(rule)}, ${confidence}`,
      OUTCOME_ROLES[result],
    ),
    ...put(`${longTime(first, zone)} to ${longTime(last, zone)}: ${findingNumbers(finding).join(', ')}`, 2),
    ...against.flatMap(({ detail }) => put(`against: ${detail}`, 2)),
    ...put(`next: ${next}`, 2),
  ];
}

function amounts(use: ToolUse, zone: Zone, glyphs: Glyphs): string {
  const { firstSeen, lastSeen, requests, telemetry } = use;
  return [
    `${longTime(firstSeen, zone)} to ${longTime(lastSeen, zone)}`,
    `${bytesText(use, 'bytesUp', glyphs.dash)} sent, ${bytesText(use, 'bytesDown', glyphs.dash)} received`,
    ...(requests === null ? [] : [`${formatRange(requests, 'host', glyphs.dash)} requests`]),
    ...(telemetry === null || telemetry.share === null ? [] : [`telemetry ${formatShare(telemetry.share)}`]),
  ].join('; ');
}

function evidenceOf(use: ToolUse, zone: Zone, put: Put): Line[] {
  const shown = use.evidence.slice(0, MOST_EVIDENCE);
  const names = use.names
    .slice(0, MOST_NAMES)
    .map(({ name, role, flows }) => `${name} (${role}, ${plural(flows, 'flow')})`);
  const more = use.evidence.length - shown.length;
  return [
    ...shown.flatMap((item) => put(evidenceText(item, zone), 2)),
    ...(more > 0 ? put(`and ${more} more`, 2) : []),
    ...(names.length === 0 ? [] : put(`names: ${names.join(', ')}`, 2)),
  ];
}

function evidenceText(item: EvidenceItem, zone: Zone): string {
  const { kind, detail, first, last, flows, communityIds } = item;
  const ids = communityIds.slice(0, MOST_IDS).join(' ');
  return `${item.for ? 'for' : 'against'} (${kind}): ${detail}; ${longTime(first, zone)} to ${longTime(last, zone)}, ${plural(flows, 'flow')}${ids === '' ? '' : `, ${ids}`}`;
}
