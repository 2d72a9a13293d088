// The recordings with their known content, analysed once, and comparisons of attributions with that content.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attribute } from '../../src/attribution/attribute.ts';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { ToolUse } from '../../src/model/report.ts';
import type { UsageLookup, UsageRow, UsageWindow } from '../../src/model/usage.ts';
import { analyze } from '../../src/reading/captures/analyze-captures.ts';
import { openZone } from '../../src/time/zone.ts';

const CAPTURES = join(fileURLToPath(new URL('../..', import.meta.url)), 'captures');

export interface Recording {
  readonly file: string;
  readonly name: string;
  readonly tool: string | null;
  readonly version?: string | null;
  readonly expect: {
    readonly tools?: readonly string[];
    readonly possible?: readonly string[];
    readonly provider?: string;
    readonly forbid?: readonly string[];
    readonly none?: boolean;
  };
  readonly truth: { readonly model_requests: number; readonly telemetry_request_bytes: number };
  readonly sni: Readonly<Record<string, { readonly ja4: readonly string[] }>>;
  readonly prompts?: number;
  readonly active_minutes?: number;
}

export interface Judged {
  readonly tools: readonly ToolUse[];
  readonly providers: readonly ToolUse[];
}

export const recordings: readonly Recording[] = readManifest();

function readManifest(): Recording[] {
  const manifest: { captures: Omit<Recording, 'name'>[] } = JSON.parse(
    readFileSync(join(CAPTURES, 'manifest.json'), 'utf8'),
  );
  return manifest.captures.map((one) => ({
    ...one,
    name: one.file.replace(/^.*\//, '').replace(/\.pcap.*$/, ''),
    file: join(CAPTURES, one.file),
  }));
}

export const catalogue = await loadCatalogue();
const zone = openZone('UTC');

/** Windows of one capture; `lookup` and `names` when more than the catalogue's names must be kept. */
export async function windowsOf(
  file: string,
  lookup: UsageLookup = catalogue,
  names: readonly string[] = [],
): Promise<readonly UsageWindow[]> {
  const watchlist = catalogue.watchlist();
  const result = await analyze([file], {
    lookup,
    watchlist: { ...watchlist, names: [...watchlist.names, ...names] },
    sensor: file,
  });
  return result.windows;
}

const kept = new Map<string, readonly UsageWindow[]>();

/** Windows of a recording, analysed once. */
export async function recorded(recording: Recording): Promise<readonly UsageWindow[]> {
  const known = kept.get(recording.file);
  if (known !== undefined) return known;
  const windows = await windowsOf(recording.file);
  kept.set(recording.file, windows);
  return windows;
}

export function judge(windows: readonly UsageWindow[], by: Catalogue = catalogue): Judged {
  const hosts = attribute(windows, by, { zone });
  return {
    tools: hosts.flatMap((host) => host.tools.map(({ use }) => use)),
    providers: hosts.flatMap((host) => host.providers.map(({ use }) => use)),
  };
}

export const isNamed = ({ confidence }: ToolUse): boolean => confidence !== 'possible';

/** Faults of the names in a result; empty for none. */
export function evidenceFaults({ tools, providers }: Judged, expect: Recording['expect']): string[] {
  const faults: string[] = [];
  if (expect.none) return [...tools, ...providers].map(({ tool }) => `${tool} on ordinary traffic`);
  const named = new Set(tools.filter(isNamed).map(({ tool }) => tool));
  for (const tool of expect.tools ?? []) if (!named.has(tool)) faults.push(`${tool} is not named`);
  for (const tool of named) if (!expect.tools?.includes(tool)) faults.push(`${tool} is accused`);
  const seen = new Set([...tools, ...providers].map(({ tool }) => tool));
  if (expect.provider !== undefined && !seen.has(expect.provider)) faults.push(`no ${expect.provider}`);
  return faults;
}

/** The rows that must carry the numbers: of the tools that ran, else of the provider, else of the possible tool. */
function subjects({ tools, providers }: Judged, { expect }: Recording): readonly ToolUse[] {
  const wanted = expect.tools ?? [];
  if (wanted.length > 1 || (wanted.length > 0 && expect.possible !== undefined)) {
    return [...tools.filter(isNamed), ...providers];
  }
  if (wanted.length === 1) return tools.filter(({ tool }) => wanted.includes(tool));
  const provider = [...providers, ...tools].filter(({ tool }) => tool === expect.provider);
  if (provider.some(({ requests }) => requests !== null)) return provider;
  return tools.filter(({ tool }) => expect.possible?.includes(tool));
}

export interface NumbersSeen {
  readonly name: string;
  readonly requests: { readonly min: number; readonly max: number; readonly truth: number };
  readonly requestsGood: boolean;
  readonly requestsExact: boolean;
  readonly telemetry: { readonly reported: number; readonly truth: number };
  readonly telemetryGood: boolean;
}

export function numbersOf(judged: Judged, recording: Recording): NumbersSeen {
  const mine = subjects(judged, recording);
  const truth = recording.truth.model_requests;
  const ranges = mine.flatMap(({ requests }) => (requests === null ? [] : [requests]));
  const min = ranges.reduce((sum, range) => sum + range.min, 0);
  const max = ranges.reduce((sum, range) => sum + range.max, 0);
  const reported = mine.reduce((sum, { telemetry }) => sum + (telemetry?.payloadUp ?? 0), 0);
  const sent = recording.truth.telemetry_request_bytes;
  return {
    name: recording.name,
    requests: { min, max, truth },
    requestsGood: min <= truth && truth <= max && (max - min) / 2 <= Math.max(1, 0.15 * truth),
    requestsExact: min === truth && max === truth,
    telemetry: { reported, truth: sent },
    telemetryGood: telemetryIsGood(reported, sent),
  };
}

export function telemetryIsGood(reported: number, truth: number): boolean {
  const limit = truth > 10_000 ? 0.05 * truth : Math.max(0.15 * truth, 1000);
  return Math.abs(reported - truth) <= limit;
}

/** Rows on another client, later by whole windows. */
export function shifted(
  windows: readonly UsageWindow[],
  host: string,
  minutes: number,
  sensor: string,
): UsageWindow[] {
  const us = minutes * 60_000_000;
  const move = <T extends { readonly host: string; readonly firstUs: number; readonly lastUs: number }>(
    one: T,
  ): T => ({
    ...one,
    host,
    firstUs: one.firstUs + us,
    lastUs: one.lastUs + us,
  });
  return windows.map((window) => ({
    ...window,
    sensor,
    startSeconds: window.startSeconds + minutes * 60,
    hosts: [],
    queriedNames: window.queriedNames.map(move),
    rows: window.rows.map((row) => ({
      ...move(row),
      helloTimesUs: row.helloTimesUs.map((time) => time + us),
    })),
  }));
}

/** The same windows with every row changed. */
export function mapRows(windows: readonly UsageWindow[], change: (row: UsageRow) => UsageRow): UsageWindow[] {
  return windows.map((window) => ({ ...window, rows: window.rows.map(change) }));
}

/** A small seeded generator (mulberry32): tests must not differ from run to run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
