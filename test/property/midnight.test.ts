// A ban that begins while a tool is in use: findings cover the use after midnight, and none before.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readPcap, writePcap } from '../../captures/pcap.ts';
import { attribute } from '../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../src/catalogue/policy-facts.ts';
import type { Finding } from '../../src/model/report.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { listSubjects } from '../../src/policy/subjects.ts';
import { openZone } from '../../src/time/zone.ts';
import { mergeWindows } from '../../src/window/merge-windows.ts';
import { temporaryFolder } from '../temporary.ts';
import { catalogue, recordings, windowsOf } from './judged-recordings.ts';

const folder = temporaryFolder('midnight');

/** 10 July 2026 in Shanghai. */
const BAN_SECONDS = 1_783_612_800;

/** The recording with `beforeSeconds` of it before the ban, its time stretched. */
async function acrossTheBan(name: string, beforeSeconds: number, stretch = 1): Promise<UsageWindow[]> {
  const recording = recordings.find((one) => one.name === name);
  if (recording === undefined) throw new Error(`no recording is named ${name}`);
  const frames = readPcap(gunzipSync(readFileSync(recording.file)));
  const first = frames[0]?.timeUs ?? 0;
  const file = join(folder, `${name}-${beforeSeconds}-${stretch}.pcap`);
  const at = (timeUs: number): number =>
    Math.round((BAN_SECONDS - beforeSeconds) * 1e6 + (timeUs - first) * stretch);
  writeFileSync(file, writePcap(frames.map((frame) => ({ ...frame, timeUs: at(frame.timeUs) }))));
  return mergeWindows(await windowsOf(file));
}

function judged(windows: readonly UsageWindow[], tool: string, span: string, more = ''): readonly Finding[] {
  const text = `version: 1
name: midnight
timezone: Asia/Shanghai
rules:
  - { id: R, title: banned, match: { tools: [${tool}] }, action: deny, ${span} }
${more}`;
  const { policy, errors } = parsePolicy(text, catalogueFacts(catalogue));
  if (policy === null) throw new Error(JSON.stringify(errors));
  const attributions = attribute(windows, catalogue, { zone: openZone('Asia/Shanghai') });
  return evaluate(policy, listSubjects(windows, attributions)).findings;
}

const at = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

interface Sums {
  readonly min: number;
  readonly max: number;
  readonly payloadUp: number;
}

function sumsOf(findings: readonly Finding[]): Sums {
  const sum = (of: (finding: Finding) => number): number => findings.reduce((all, each) => all + of(each), 0);
  return {
    min: sum(({ requests }) => requests?.min ?? 0),
    max: sum(({ requests }) => requests?.max ?? 0),
    payloadUp: sum(({ payloadUp }) => payloadUp ?? 0),
  };
}

/** Findings before and after an instant, each compared with its own time. */
function halves(windows: readonly UsageWindow[], tool: string, seconds: number) {
  const before = judged(windows, tool, `until: ${at(seconds)}`);
  const after = judged(windows, tool, `effective: ${at(seconds)}`);
  for (const finding of before) expect(Date.parse(finding.last)).toBeLessThan(seconds * 1000);
  for (const finding of after) {
    expect(Date.parse(finding.first)).toBeGreaterThanOrEqual(seconds * 1000);
    for (const item of [...finding.evidence, ...finding.against]) {
      const isOfTheTime = Date.parse(item.first) >= seconds * 1000;
      expect(isOfTheTime || item.detail.includes('before or after this finding')).toBe(true);
    }
  }
  return { before, after };
}

const SESSIONS = [
  { name: 'claude-code-2.1.328-rt-session', tool: 'claude-code', splits: [20, 60, 130, 200, 262] },
  { name: 'opencode-1.18.33-rt-session', tool: 'opencode', splits: [10, 40, 90] },
  { name: 'copilot-cli-1.0.102-rt-short', tool: 'copilot-cli', splits: [30, 80, 120] },
  { name: 'gemini-cli-0.61.0-rt-short', tool: 'gemini-cli', splits: [30, 80, 120] },
  { name: 'codex-0.169.0-rt-short', tool: 'openai-codex', splits: [30, 70] },
];

describe('a session across the midnight of a ban', () => {
  it.each(SESSIONS.flatMap(({ name, tool, splits }) => splits.map((split) => ({ name, tool, split }))))(
    '$name is found with its requests after $split s',
    async ({ name, tool, split }) => {
      const windows = await acrossTheBan(name, split);
      const [whole] = judged(windows, tool, 'severity: high');
      expect(whole).toMatchObject({ result: 'violation' });
      const { before, after } = halves(windows, tool, BAN_SECONDS);
      const parts = sumsOf([...before, ...after]);
      expect(parts).toMatchObject({ min: whole?.requests?.min, max: whole?.requests?.max });
      for (const finding of [...before, ...after])
        expect(finding.result).toBe((finding.requests?.min ?? 0) > 0 ? 'violation' : 'suspected');
    },
  );
});

describe('an hour on one connection', () => {
  it('is found whichever of its quarter hours the ban begins in, with what comes after', async () => {
    // Its eleventh flow carries all but the first requests.
    const windows = await acrossTheBan('claude-code-2.1.328-rt-session', 0, 15);
    const whole = sumsOf(judged(windows, 'claude-code', 'severity: high'));
    expect(whole.min).toBe(24);
    const counts: number[] = [];
    for (let seconds = BAN_SECONDS; seconds <= BAN_SECONDS + 4500; seconds += 900) {
      const { before, after } = halves(windows, 'claude-code', seconds);
      const [first, rest] = [sumsOf(before), sumsOf(after)];
      expect(first.min + rest.min).toBe(whole.min);
      expect(first.max + rest.max).toBe(whole.max);
      expect(first.payloadUp + rest.payloadUp).toBeLessThanOrEqual(whole.payloadUp);
      counts.push(rest.min);
    }
    expect(counts[0]).toBe(24);
    expect(counts.at(-1)).toBe(0);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(new Set(counts).size).toBeGreaterThan(3);
  });

  it('is split between grace, exception and violation, each with its own time', async () => {
    const windows = await acrossTheBan('claude-code-2.1.328-rt-session', 0, 15);
    const [graceUntil, from, until] = [900, 1800, 2700].map((after) => BAN_SECONDS + after);
    const span = `effective: ${at(BAN_SECONDS)}, grace: { until: ${at(graceUntil ?? 0)} }`;
    const exception = `exceptions: [{ id: E, rule: R, scope: { cidr: 0.0.0.0/0 }, from: ${at(from ?? 0)}, until: ${at(until ?? 0)}, reason: x }]\n`;
    const findings = judged(windows, 'claude-code', span, exception);
    expect(sumsOf(findings).min).toBe(24);
    const inside = (result: Finding['result'], spans: readonly (readonly [number, number])[]): void => {
      const finding = findings.find((each) => each.result === result);
      if (finding === undefined) return;
      const [first, last] = [Date.parse(finding.first) / 1000, Date.parse(finding.last) / 1000];
      expect(spans.some(([low, high]) => first >= low && first < high)).toBe(true);
      expect(spans.some(([low, high]) => last >= low && last < high)).toBe(true);
    };
    expect(findings.map(({ result }) => result).sort()).toEqual(['exempt', 'grace', 'violation']);
    inside('grace', [[BAN_SECONDS, BAN_SECONDS + 900]]);
    inside('exempt', [[BAN_SECONDS + 1800, BAN_SECONDS + 2700]]);
    inside('violation', [
      [BAN_SECONDS + 900, BAN_SECONDS + 1800],
      [BAN_SECONDS + 2700, BAN_SECONDS + 9000],
    ]);
  });
});
