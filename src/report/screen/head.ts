// The upper part of the screen: the verdict, the findings that came last, and how the sensor is doing.

import type { Finding, ReportDocument } from '../../model/report.ts';
import type { LogStatus, SensorHealth } from '../../model/sensor.ts';
import { compareText } from '../../net/address.ts';
import { formatBytes, formatCount, formatLargeCount, formatShare, plural } from '../../text/quantity.ts';
import { displayWidth, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { formatInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';
import { openZone } from '../../time/zone.ts';
import { OUTCOME_ROLES } from '../terminal/columns.ts';
import { isGrave, toolNameOf } from '../text/finding-words.ts';
import { clockTime, readerZone, unixSeconds } from '../text/instant.ts';
import type { Glyphs } from '../text/render-options.ts';
import { VERDICT_ROLES, verdicts } from '../text/verdict.ts';
import { blindSentences, OUTCOME_WORDS } from '../text/words.ts';
import { type Line, type Part, padText, rateLine, textLine } from './line.ts';
import type { ScreenState } from './state.ts';

/** The first says most; the others are left out first. */
export function verdictHead(state: ScreenState, width: number): Line[] {
  return [...blindLines(state), ...headOf(state, width)];
}

/** Before anything else: what is not observed now. */
function blindLines({ document, health }: ScreenState): Line[] {
  const zone = document === null ? openZone('UTC') : readerZone(document);
  const at = document?.generated ?? null;
  return blindSentences(health, zone, at === null ? null : unixSeconds(at)).map((sentence) =>
    textLine(sentence, 'bad'),
  );
}

function headOf({ document }: ScreenState, width: number): Line[] {
  if (document === null) return [textLine('Waiting for the first window', 'head')];
  const all = verdicts(document);
  const [worst] = all;
  if (worst === undefined) return [noVerdict(document)];
  const labelWidth = worst.label.length + 2;
  const indent = ' '.repeat(labelWidth);
  const [first = '', ...rest] = wrap(worst.headline, Math.max(labelWidth, width - labelWidth));
  const counts = [...worst.counts, ...(all.length > 1 ? [`${plural(all.length - 1, 'more rule')}`] : [])];
  return [
    [
      { text: padText(worst.label, labelWidth), role: VERDICT_ROLES[worst.summary.verdict] },
      { text: first, role: 'head' },
    ],
    ...rest.map((words) => textLine(indent + words, 'head')),
    textLine(`${indent}${worst.sentence}`),
    ...(counts.length === 0 ? [] : [textLine(`${indent}${counts.join('   ')}`)]),
    ...worst.limits.map((limit) => textLine(`${indent}${limit}`)),
  ];
}

function noVerdict(document: ReportDocument): Line {
  const users = document.hosts.filter(({ tools }) => tools.some((use) => use.confidence !== 'possible'));
  const seen = document.tools.filter(({ hosts }) => hosts > 0);
  const words =
    seen.length === 0
      ? `No AI coding tool was seen on ${plural(document.hosts.length, 'host')}`
      : `${plural(seen.length, 'tool')} on ${users.length} of ${plural(document.hosts.length, 'host')}`;
  return [
    { text: words, role: 'head' },
    {
      text: document.policy === undefined ? '  no policy is given' : '  no rule forbids a tool',
      role: 'quiet',
    },
  ];
}

/** What is a breach, or may be one: what is new first, then by time. */
export function findingLines({ document, isNew }: ScreenState, most: number): Line[] {
  if (document === null) return [];
  const zone = readerZone(document);
  const grave = (document.findings ?? []).filter(isGrave);
  const rank = ({ id, result }: Finding): number =>
    (isNew.has(id) ? 0 : 2) + (result === 'violation' ? 0 : 1);
  return grave
    .toSorted((a, b) => rank(a) - rank(b) || compareText(b.last, a.last))
    .slice(0, most)
    .map((finding) => {
      const { id, result, host, confidence, rule } = finding;
      return [
        { text: padText(isNew.has(id) ? 'new' : '', 4), role: 'bad' },
        { text: `${clockTime(finding.last, zone)} ` },
        { text: padText(OUTCOME_WORDS[result].toUpperCase(), 10), role: OUTCOME_ROLES[result] },
        { text: ` ${visibleText(host)} ${visibleText(toolNameOf(document, finding))}` },
        {
          text: ` ${confidence}${finding.provisionalUntil === undefined ? '' : ', provisional'}, ${formatBytes(finding.payloadUp)} sent, ${visibleText(rule)}`,
          role: 'quiet',
        },
      ];
    });
}

const STATES = { up: 'up', noCarrier: 'no carrier', down: 'DOWN', gone: 'GONE' } as const;
/** A ring that is fuller will not take the next burst. */
const FULL = 0.8;
const RATE_SIGNS = 20;

function logsLine({ files, rows, unreadBytes, newestSeconds }: LogStatus, memoryBytes: number): Line {
  const newest =
    newestSeconds === null ? 'none yet' : formatInstant(newestSeconds * US).replace(/\.\d+Z$/, 'Z');
  return [
    { text: plural(files, 'log file'), role: files > 0 ? 'good' : 'warn' },
    { text: `  ${formatLargeCount(rows)} rows  newest ${newest}  ${formatBytes(unreadBytes)} not read yet` },
    { text: `  memory ${formatBytes(memoryBytes)}` },
  ];
}

/** Packets, what was lost, ring, flow table, memory; parts are left out from the end. */
export function sensorLine({ health, rates }: ScreenState, width: number, glyphs: Glyphs): Line {
  if (health === null) return textLine('the sensor has not reported yet', 'quiet');
  const { status, memoryBytes } = health;
  if (status.logs !== undefined) return logsLine(status.logs, memoryBytes);
  const names = [...new Set(status.workers.map((each) => each.interface))].map((name) => {
    const state = status.workers.find((each) => each.interface === name)?.state ?? 'up';
    return `${visibleText(name)} ${STATES[state]}`;
  });
  const isDown = status.workers.some(({ state, isAlive }) => state !== 'up' || !isAlive);
  const now = rates.packets.at(-1) ?? 0;
  const trace = rates.packets.slice(-RATE_SIGNS);
  const ring = ringFill(health);
  const parts: Part[] = [
    { text: names.join(', '), role: isDown ? 'bad' : 'good' },
    { text: `${formatLargeCount(Math.round(now))} packets/s ${rateLine(trace, Math.max(...trace), glyphs)}` },
    {
      text: `dropped ${formatCount(rates.dropped)}`,
      role: rates.droppedNow > 0 ? 'bad' : rates.dropped > 0 ? 'warn' : 'plain',
    },
    ...(ring === null
      ? []
      : [{ text: `ring ${formatShare(ring)}`, role: ring > FULL ? 'warn' : 'plain' } as const]),
    { text: `flows ${formatShare(status.openFlows / Math.max(1, status.tableFlows))}` },
    { text: `memory ${formatBytes(memoryBytes)}` },
    { text: `${formatBytes(rates.bitsPerSecond / 8)}/s` },
    { text: `${formatLargeCount(status.packets)} packets` },
  ];
  const line: Part[] = [];
  let used = 0;
  for (const part of parts) {
    const wide = displayWidth(part.text) + (line.length === 0 ? 0 : 2);
    if (used + wide > width) break;
    if (line.length > 0) line.push({ text: '  ' });
    line.push(part);
    used += wide;
  }
  return line;
}

/** The fullest ring; null without one. */
export function ringFill({ status }: SensorHealth): number | null {
  const fills = status.workers.flatMap(({ ringFill: fill }) => (fill === null ? [] : [fill]));
  return fills.length === 0 ? null : Math.max(...fills);
}
