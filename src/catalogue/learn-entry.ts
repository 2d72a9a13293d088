// Creates a catalogue entry from a recording of a tool: names, hello forms and rules for a person to review.

import type { ClientFingerprint, UsageRow, UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import type { Catalogue } from './catalogue.ts';
import { type DraftOptions, draftEntry } from './draft-entry.ts';
import type { Endpoint, ToolEntry } from './schema.ts';

/** A hello form, known in runtimes.json or not, with the names it was sent to. */
interface FormSeen {
  readonly fingerprint: ClientFingerprint;
  readonly names: Set<string>;
  least: number;
  most: number;
}

/** Returns a JSON value with names and hellos that the entry of a tool lacks. */
export function findMissingNames(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  options: DraftOptions,
): Readonly<Record<string, unknown>> {
  const knownTool = catalogue.tool(options.tool);
  if (knownTool === undefined) throw new RangeError(`no entry "${options.tool}"`);
  const rows = windows.flatMap((window) => window.rows);
  const names = [...new Set(rows.map(({ name }) => name))].sort(compareText);
  const listed = (name: string): boolean => catalogue.compiled(knownTool).names.find(name).length > 0;
  return {
    id: options.tool,
    version: options.version,
    alreadyListed: names.filter(listed),
    endpoints: names
      .filter((name) => !listed(name))
      .map((name) => draftEndpoint(name, rows, catalogue, options)),
    asked: listLookedUpNames(windows, names),
    builds: buildDrafts(rows, catalogue, options),
  };
}

/** Returns the entry with the learned names: that of the catalogue, or the draft of a new one. */
export function buildLearnt(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  options: DraftOptions,
): ToolEntry {
  const knownTool = catalogue.tool(options.tool);
  if (knownTool === undefined) return draftEntry(windows, catalogue, options);
  const rows = windows.flatMap((window) => window.rows);
  const names = [...new Set(rows.map(({ name }) => name))].sort(compareText);
  const fresh = names.filter((name) => catalogue.compiled(knownTool).names.find(name).length === 0);
  const drafts = fresh.map((name) => draftEndpoint(name, rows, catalogue, options));
  return { ...knownTool, endpoints: [...knownTool.endpoints, ...drafts] };
}

function draftEndpoint(
  name: string,
  rows: readonly UsageRow[],
  catalogue: Catalogue,
  { date, source, tool }: DraftOptions,
): Endpoint {
  const found = catalogue.lookup(name).filter(({ value }) => value.tool.id !== tool);
  const others = found.map(({ value }) => value.tool.id);
  const specificities = new Set(found.map(({ value }) => value.endpoint.specificity));
  const mine = rows.filter((row) => row.name === name);
  const streamed = mine.some(({ exchanges }) =>
    exchanges.some((e) => e.bytesUp >= 1000 && e.recordsDown >= 3),
  );
  const posted = mine.some(({ exchanges }) => exchanges.some((e) => e.bytesUp >= 1000 && e.recordsDown < 3));
  return {
    host: name,
    match: 'exact',
    role: streamed ? 'inference' : posted ? 'telemetry' : 'web',
    specificity: specificities.has('vendor') && !specificities.has('tool') ? 'vendor' : 'shared',
    protocol: 'https',
    confidence: 'low',
    note: 'role by shape, specificity for a person to decide: "tool" only when no other program uses the name',
    ...(others.length > 0 ? { alsoUsedBy: [...new Set(others)].sort(compareText) } : {}),
    sources: [source],
    whyLow: 'one recording',
    firstSeen: date,
    lastChecked: date,
  };
}

/** Lists remarks for the reviewer of the entry: names that it already contains, and names with queries only. */
export function listRemarks(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  { tool }: DraftOptions,
): string[] {
  const knownTool = catalogue.tool(tool);
  if (knownTool === undefined) return [];
  const rows = windows.flatMap((window) => window.rows);
  const names = [...new Set(rows.map(({ name }) => name))].sort(compareText);
  const listed = names.filter((name) => catalogue.compiled(knownTool).names.find(name).length > 0);
  const lookedUpNames = listLookedUpNames(windows, names);
  return [
    ...(listed.length === 0 ? [] : [`already listed: ${listed.join(', ')}`]),
    ...(lookedUpNames.length === 0 ? [] : [`asked for in DNS only: ${lookedUpNames.join(', ')}`]),
  ];
}

function listLookedUpNames(windows: readonly UsageWindow[], visited: readonly string[]): string[] {
  const queriedNames = new Set(windows.flatMap((window) => window.queriedNames.map(({ name }) => name)));
  for (const name of visited) queriedNames.delete(name);
  return [...queriedNames].sort(compareText);
}

function buildDrafts(
  rows: readonly UsageRow[],
  catalogue: Catalogue,
  { tool, version, date, source }: DraftOptions,
): Record<string, unknown>[] {
  const forms = new Map<string, FormSeen>();
  for (const row of rows) {
    if (row.fingerprint === null) continue;
    const key = `${row.fingerprint.ja4} ${row.fingerprint.ja3} ${row.fingerprint.alpn.join(',')}`;
    const seen = forms.get(key) ?? {
      fingerprint: row.fingerprint,
      names: new Set<string>(),
      least: Number.POSITIVE_INFINITY,
      most: 0,
    };
    seen.names.add(row.name);
    if (row.helloBytesMin > 0) seen.least = Math.min(seen.least, row.helloBytesMin);
    seen.most = Math.max(seen.most, row.helloBytesMax);
    forms.set(key, seen);
  }
  return [...forms.entries()]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([, { fingerprint, names, least, most }]) => {
      const runtime = catalogue.runtimeSeen(fingerprint);
      return {
        runtime: runtime.id,
        knownAs: runtime.label,
        forms: [{ ja4: fingerprint.ja4, ja3: [fingerprint.ja3] }],
        alpn: fingerprint.alpn,
        ...(most > 0 ? { helloBytes: [least, most] } : {}),
        note: `${tool} ${version}: ${[...names].sort(compareText).join(', ')}`,
        source,
        date,
      };
    });
}
