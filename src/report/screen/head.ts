// Draws the upper part of the screen: the verdict, the latest findings, and the state of the sensor.

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
import { countClients } from '../text/client-hosts.ts';
import { formatToolName, isGrave } from '../text/finding-words.ts';
import { clockTime, readerZone, unixSeconds } from '../text/instant-text.ts';
import { isBreach } from '../text/policy-outcome.ts';
import type { Glyphs } from '../text/render-options.ts';
import { buildVerdicts, isViolated, VERDICT_ROLES, type Verdict } from '../text/verdict.ts';
import { blindSentences, OUTCOME_WORDS } from '../text/words.ts';
import { type Line, type Part, padText, rateLine, textLine } from './line.ts';
import type { ScreenState } from './state.ts';

/** Returns at most `most` lines. Unobserved interfaces come first, then each violated rule. */
export function verdictHead(state: ScreenState, width: number, most: number): Line[] {
  const blind = listBlind(state).slice(0, most);
  return [...blind, ...listHead(state, width, most - blind.length)];
}

/** Returns lines about interfaces that are not observed now. */
function listBlind({ document, health }: ScreenState): Line[] {
  const zone = document === null ? openZone('UTC') : readerZone(document);
  const at = document?.generated ?? null;
  return blindSentences(health, zone, at === null ? null : unixSeconds(at)).map((sentence) =>
    textLine(sentence, 'bad'),
  );
}

/** Gives each violated rule an equal part of the lines. If none is violated, lists the first rule. */
function listHead({ document, health }: ScreenState, width: number, most: number): Line[] {
  if (document === null) {
    const within = health === null ? '' : ` within ${plural(health.windowSeconds, 'second')}`;
    return [textLine(`The first figures come${within}`, 'head')];
  }
  const all = buildVerdicts(document);
  const [worst] = all;
  if (worst === undefined) return [describeUse(document)];
  const violated = all.filter(isViolated);
  const shown = violated.length === 0 ? [worst] : violated.slice(0, Math.max(1, most - 1));
  const left = formatMoreRules(all.slice(shown.length));
  const share = Math.max(1, Math.floor((most - left.length) / shown.length));
  return [...shown.flatMap((verdict) => listVerdict(verdict, width).slice(0, share)), ...left];
}

/** The first lines are the most important, because the block may be truncated. */
function listVerdict(verdict: Verdict, width: number): Line[] {
  const { label, headline, sentence, counts, limits, summary } = verdict;
  const labelWidth = label.length + 2;
  const indent = ' '.repeat(labelWidth);
  const room = Math.max(labelWidth, width - labelWidth);
  const [first = '', ...rest] = wrap(headline, room);
  return [
    [
      { text: padText(label, labelWidth), role: VERDICT_ROLES[summary.verdict] },
      { text: first, role: 'head' },
    ],
    ...rest.map((text) => textLine(indent + text, 'head')),
    ...[sentence, ...(counts.length === 0 ? [] : [counts.join(', ')]), ...limits].flatMap((text) =>
      wrap(text, room).map((line) => textLine(indent + line)),
    ),
  ];
}

/** Returns "1 more rule", or "3 more rules, 1 violated". */
function formatMoreRules(left: readonly Verdict[]): Line[] {
  if (left.length === 0) return [];
  const violated = left.filter(isViolated).length;
  const words = `${plural(left.length, 'more rule')}${violated === 0 ? '' : `, ${violated} violated`}`;
  return [textLine(words, 'quiet')];
}

function describeUse(document: ReportDocument): Line {
  const users = document.hosts.filter(({ tools }) => tools.some((use) => use.confidence !== 'possible'));
  const seen = document.tools.filter(({ hosts }) => hosts > 0);
  const words =
    seen.length === 0
      ? `No AI coding tool was seen on ${plural(countClients(document), 'host')}`
      : `${plural(seen.length, 'tool')} on ${users.length} of ${plural(countClients(document), 'host')}`;
  return [
    { text: words, role: 'head' },
    {
      text: document.policy === undefined ? '  no policy is given' : '  no rule forbids a tool',
      role: 'quiet',
    },
  ];
}

/** Lists violations and suspected violations, new ones first, then by time. */
export function findingLines({ document, isNew }: ScreenState, most: number): Line[] {
  if (document === null) return [];
  const zone = readerZone(document);
  const grave = (document.findings ?? []).filter(isGrave);
  const rank = (finding: Finding): number => (isNew.has(finding.id) ? 0 : 2) + (isBreach(finding) ? 0 : 1);
  return grave
    .toSorted((a, b) => rank(a) - rank(b) || compareText(b.last, a.last))
    .slice(0, most)
    .map((finding) => {
      const { id, result, host, confidence, rule } = finding;
      return [
        { text: padText(isNew.has(id) ? 'new' : '', 4), role: 'bad' },
        { text: `${clockTime(finding.last, zone)} ` },
        { text: padText(OUTCOME_WORDS[result].toUpperCase(), 10), role: OUTCOME_ROLES[result] },
        { text: ` ${visibleText(host)} ${visibleText(formatToolName(document, finding))}` },
        {
          text: ` ${confidence}${finding.provisionalUntil === undefined ? '' : ', provisional'}${finding.payloadUp === null ? '' : `, ${formatBytes(finding.payloadUp)} sent`}, ${visibleText(rule)}`,
          role: 'quiet',
        },
      ];
    });
}

const STATES = { up: 'up', noCarrier: 'no carrier', down: 'DOWN', gone: 'GONE' } as const;
/** Fill level above which a ring may overflow at the next burst. */
const FULL = 0.8;
const RATE_SIGNS = 20;

function formatLogs({ files, rows, unreadBytes, newestSeconds }: LogStatus, memoryBytes: number): Line {
  const newest =
    newestSeconds === null ? 'none yet' : formatInstant(newestSeconds * US).replace(/\.\d+Z$/, 'Z');
  return [
    { text: plural(files, 'log file'), role: files > 0 ? 'good' : 'warn' },
    { text: `  ${formatLargeCount(rows)} rows  newest ${newest}  ${formatBytes(unreadBytes)} not read yet` },
    { text: `  memory ${formatBytes(memoryBytes)}` },
  ];
}

/** Returns packets, drops, ring, flow table and memory. Parts are omitted from the end. */
export function sensorLine({ health, rates }: ScreenState, width: number, glyphs: Glyphs): Line {
  if (health === null) return textLine('the sensor has not reported yet', 'quiet');
  const { status, memoryBytes } = health;
  if (status.logs !== undefined) return formatLogs(status.logs, memoryBytes);
  const names = [...new Set(status.workers.map((worker) => worker.interface))].map((name) => {
    const state = status.workers.find((worker) => worker.interface === name)?.state ?? 'up';
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

/** Returns the fill level of the fullest ring; null without one. */
export function ringFill({ status }: SensorHealth): number | null {
  const fills = status.workers.flatMap(({ ringFill: fill }) => (fill === null ? [] : [fill]));
  return fills.length === 0 ? null : Math.max(...fills);
}
