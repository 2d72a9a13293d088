// Compares evidence and estimates with recordings of known content: single, overlaid, damaged and forged.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { ToolUse } from '../../src/model/report.ts';
import type { UsageExchange, UsageLookup, UsageWindow } from '../../src/model/usage.ts';
import { joinWindows } from '../../src/window/merge-windows.ts';
import {
  catalogue,
  evidenceFaults,
  isNamed,
  judge,
  mapRows,
  type NumbersSeen,
  numbersOf,
  type Recording,
  recorded,
  recordings,
  seeded,
  shifted,
  telemetryIsGood,
  windowsOf,
} from './judged-recordings.ts';

const HOST = '10.77.0.2';
const withTools = recordings.filter(({ expect: e }) => !e.none);
const share = (list: readonly unknown[], all: readonly unknown[]): number =>
  list.length / Math.max(1, all.length);

async function numbersWith(
  change: (windows: readonly UsageWindow[]) => UsageWindow[],
): Promise<NumbersSeen[]> {
  const seen: NumbersSeen[] = [];
  for (const recording of withTools)
    seen.push(numbersOf(judge(change(await recorded(recording))), recording));
  return seen;
}

/** `exact`: the share of exact counts; parallel requests over HTTP/2 never have one. */
function expectNumbers(seen: readonly NumbersSeen[], exact = 0.95): void {
  const asked = seen.filter(({ requests }) => requests.truth > 0);
  const bad = asked.filter(({ requestsGood }) => !requestsGood);
  expect(
    share(bad, asked),
    JSON.stringify(bad.map(({ name, requests }) => [name, requests])),
  ).toBeLessThanOrEqual(0.03);
  expect(
    share(
      asked.filter(({ requestsExact }) => requestsExact),
      asked,
    ),
  ).toBeGreaterThanOrEqual(exact);
  const sent = seen.filter(({ telemetry }) => telemetry.truth > 0);
  const wrong = sent.filter(({ telemetryGood }) => !telemetryGood);
  expect(
    share(wrong, sent),
    JSON.stringify(wrong.map(({ name, telemetry }) => [name, telemetry])),
  ).toBeLessThanOrEqual(0.05);
  const invented = seen.filter(({ telemetry }) => telemetry.truth === 0 && telemetry.reported > 1000);
  expect(invented.map(({ name }) => name)).toEqual([]);
}

describe('recordings as they are', () => {
  it.each(recordings)('$name: names what ran, and nothing else', async (recording) => {
    expect(evidenceFaults(judge(await recorded(recording)), recording.expect)).toEqual([]);
  });

  it('give requests and telemetry within the limits', async () => {
    expectNumbers(await numbersWith((windows) => [...windows]));
  });

  it.each(recordings.filter(({ prompts }) => prompts !== undefined))(
    '$name: active minutes within one, prompts inside their range',
    async (recording) => {
      const named = judge(await recorded(recording)).tools.filter(isNamed);
      const [use] = named;
      if (named.length !== 1 || use === undefined) return;
      if (use.requests === null) {
        expect([use.activeMinutes, recording.truth.model_requests]).toEqual([null, 0]);
        return;
      }
      expect(Math.abs((use.activeMinutes ?? -9) - (recording.active_minutes ?? 0))).toBeLessThanOrEqual(1);
      expect(use.prompts?.min).toBeLessThanOrEqual(recording.prompts ?? 0);
      expect(use.prompts?.max).toBeGreaterThanOrEqual(recording.prompts ?? 0);
    },
  );
});

describe('answers that are not as in the lab', () => {
  const answered =
    (change: (exchange: UsageExchange) => UsageExchange) => (windows: readonly UsageWindow[]) =>
      mapRows(windows, (row) => ({
        ...row,
        exchanges: row.exchanges.map((one) => (one.recordsDown === 0 ? one : change(one))),
      }));
  const random = seeded(11);
  const grown = (one: UsageExchange): UsageExchange => ({
    ...one,
    bytesDown: one.bytesDown + 900 + Math.floor(random() * 600),
  });
  const merged = (one: UsageExchange): UsageExchange => ({
    ...one,
    recordsDown: Math.ceil(one.bytesDown / 16_384),
  });
  it.each([
    ['with 900 to 1500 bytes of headers', answered(grown)],
    ['merged into records of 16 kB', answered(merged)],
  ])('%s: at most a tenth of the recordings are lost', async (_name, change) => {
    const seen = await numbersWith(change);
    const lost = seen.filter(({ requestsGood, telemetryGood }) => !requestsGood || !telemetryGood);
    expect(share(lost, seen), JSON.stringify(lost)).toBeLessThanOrEqual(0.1);
  });
});

describe('packets that were lost', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-loss-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('0.2 % at random change nothing in the limits', async () => {
    const seen: NumbersSeen[] = [];
    for (const recording of withTools) {
      const file = join(folder, `${recording.name}.pcap`);
      writeFileSync(file, withLoss(readCapture(recording.file), 0.002, seeded(recording.name.length)));
      const judged = judge(await windowsOf(file));
      expect(evidenceFaults(judged, recording.expect), recording.name).toEqual([]);
      seen.push(numbersOf(judged, recording));
      rmSync(file);
    }
    // Losses inside a WebSocket widen the range: a request may be in any hole.
    expectNumbers(seen, 0.88);
  });
});

function readCapture(file: string): Buffer {
  const bytes = readFileSync(file);
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

/** A classic little-endian capture without some of its packets. */
function withLoss(capture: Buffer, part: number, random: () => number): Buffer {
  const items = [capture.subarray(0, 24)];
  for (let at = 24; at + 16 <= capture.length; ) {
    const next = at + 16 + capture.readUInt32LE(at + 8);
    if (random() >= part) items.push(capture.subarray(at, next));
    at = next;
  }
  return Buffer.concat(items);
}

describe('several recordings on one client', () => {
  const single = recordings.filter(
    ({ name, expect: e }) => e.tools?.length === 1 && !name.startsWith('base-'),
  );
  const ordinary = recordings.filter(({ expect: e }) => e.none);

  async function overlay(parts: readonly Recording[], random: () => number): Promise<UsageWindow[]> {
    const all: UsageWindow[] = [];
    const [first] = await recorded(parts[0] as Recording);
    for (const [i, part] of parts.entries()) {
      const windows = await recorded(part);
      const apart = ((first?.startSeconds ?? 0) - (windows[0]?.startSeconds ?? 0)) / 60;
      all.push(...shifted(windows, HOST, apart + Math.floor(random() * 4), `sensor-${i}`));
    }
    // One sensor covers the client: reports of several are in doubt.
    return joinWindows(all).map((window) => ({ ...window, sensor: 'office' }));
  }
  const isRivalOf = ({ evidence }: ToolUse, name: string): boolean =>
    evidence.some(({ rule, detail }) => rule === 'rival' && detail.startsWith(`${name} may have made`));
  const pick = <T>(list: readonly T[], random: () => number): T =>
    list[Math.floor(random() * list.length)] as T;

  it.each([
    { of: 2, runs: 120, others: 0 },
    { of: 3, runs: 60, others: 0 },
    { of: 6, runs: 40, others: 0 },
    { of: 1, runs: 40, others: 3 },
  ])(
    '$of tools and $others ordinary programs: all identified, no false accusation, figures in the right rows',
    async ({ of, runs, others }) => {
      const random = seeded(100 * of + others);
      const faults: string[] = [];
      const rows = { all: 0, good: 0 };
      for (let run = 0; run < runs; run++) {
        const parts = Array.from({ length: of }, () => pick(single, random));
        const plain = Array.from({ length: others }, () => pick(ordinary, random));
        const { tools } = judge(await overlay([...parts, ...plain], random));
        const wanted = new Set(parts.flatMap(({ expect: e }) => e.tools ?? []));
        for (const use of tools.filter(isNamed))
          if (!wanted.has(use.tool)) faults.push(`${use.tool} accused`);
        for (const tool of wanted) {
          const use = tools.find((one) => one.tool === tool && isNamed(one));
          if (use === undefined) {
            // Kilo explains the list of models that opencode is known by: then it is possible.
            if (tool === 'opencode' && wanted.has('kilo-code') && tools.some((one) => one.tool === tool))
              continue;
            // Cline calls Kilo's gateway too, on the same runtime: its row names Kilo as what may have made the requests.
            if (
              tool === 'kilo-code' &&
              tools.some((one) => one.tool === 'cline' && isRivalOf(one, 'Kilo Code'))
            )
              continue;
            faults.push(`${tool} missing in ${parts.map(({ name }) => name).join(' + ')}`);
            continue;
          }
          const mine = parts.filter(({ expect: e }) => e.tools?.includes(tool));
          const requests = mine.reduce((sum, { truth }) => sum + truth.model_requests, 0);
          const telemetry = mine.reduce((sum, { truth }) => sum + truth.telemetry_request_bytes, 0);
          const inRange =
            use.requests === null
              ? requests === 0
              : use.requests.min <= requests && requests <= use.requests.max;
          rows.all++;
          if (inRange && telemetryIsGood(use.telemetry?.payloadUp ?? 0, telemetry)) rows.good++;
        }
      }
      expect(faults).toEqual([]);
      expect(rows.good / rows.all).toBeGreaterThanOrEqual(0.95);
    },
  );
});

describe('forged controls: ordinary programs renamed to the API of a vendor', () => {
  const everything: UsageLookup = {
    isListed: () => true,
    runtimeOf: (fingerprint) => catalogue.runtimeOf(fingerprint),
    findNetworkOwner: () => null,
  };
  const byName = new Map(recordings.map((one) => [one.name, one]));

  async function forged(names: readonly string[]): Promise<UsageWindow[]> {
    const all: UsageWindow[] = [];
    let start: number | null = null;
    for (const [i, name] of names.entries()) {
      const recording = byName.get(name) as Recording;
      const windows = await windowsOf(recording.file, everything, ['.test', '.example', '.com', '.org']);
      const [first] = windows;
      start ??= first?.startSeconds ?? 0;
      all.push(...shifted(windows, HOST, (start - (first?.startSeconds ?? 0)) / 60, `sensor-${i}`));
    }
    return mapRows(joinWindows(all), (row) => ({ ...row, name: 'api.anthropic.com' }));
  }

  it.each([
    { program: 'base-bun1.4.1-fetch', times: 1 },
    { program: 'base-bun1.4.1-fetch', times: 3 },
    { program: 'base-bun1.4.1-https', times: 3 },
    { program: 'base-node24-fetch', times: 1 },
    { program: 'base-node24-fetch', times: 3 },
    { program: 'base-node22-https', times: 6 },
    { program: 'base-py-requests', times: 3 },
  ])('$program, $times calls: at most possible', async ({ program, times }) => {
    const { tools } = judge(await forged(new Array<string>(times).fill(program)));
    expect(tools.filter(isNamed)).toEqual([]);
  });

  it('fetch and https of one Bun together are possible, likely only with large requests, and the doubt is listed', async () => {
    const windows = await forged(['base-bun1.4.1-fetch', 'base-bun1.4.1-https']);
    const together = mapRows(windows, (row) => ({
      ...row,
      helloTimesUs: windows[0]?.rows[0]?.helloTimesUs ?? [],
    }));
    const [use] = judge(together).tools;
    expect(use?.confidence).toBe('possible');
    expect(use?.evidence.filter((item) => !item.for).length).toBeGreaterThan(0);
    const busy = mapRows(together, (row) => ({
      ...row,
      exchanges: row.exchanges.map((exchange) => ({ ...exchange, bytesUp: 50_000 })),
    }));
    expect(judge(busy).tools.map(({ tool, confidence }) => `${tool} ${confidence}`)).toEqual([
      'claude-code likely',
    ]);
  });
});
