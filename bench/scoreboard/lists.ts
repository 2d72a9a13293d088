// Turns what a general program reads from packets (names, fingerprints) into answers, with a list of tools.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { CaptureTruth } from '../../captures/truth.ts';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { isProviderKind } from '../../src/catalogue/rules.ts';
import type { Answer } from './answer.ts';

/** A handshake or DNS question that a program printed. */
export interface Sighting {
  /** Address of the client. */
  readonly host: string;
  readonly seconds: number;
  readonly name: string;
  /** Hash of JA3; '' without. */
  readonly ja3: string;
  /** What the program itself calls the protocol or the process; '' without. */
  readonly label: string;
}

export interface ToolList {
  readonly name: string;
  readonly about: string;
  readonly toolsOf: (sighting: Sighting) => readonly string[];
}

/** In the place of a list: the program names tools itself. */
export const OWN_ANSWERS = 'own answers';

/** Server names of which the catalogue says that only one tool uses them. */
export function ownNames(catalogue: Catalogue): ToolList {
  return {
    name: 'own names',
    about: 'server names that only one tool uses, from the catalogue',
    toolsOf: toolsByName(catalogue, ['tool']),
  };
}

/** The usual rule of a proxy or an IDS: the name of a vendor stands for the one tool that uses it. */
export function vendorNames(catalogue: Catalogue): ToolList {
  return {
    name: 'vendor names',
    about:
      'server names of a tool or its vendor, from the catalogue, that only one tool lists; API clients and gateways do not count as tools',
    toolsOf: toolsByName(catalogue, ['tool', 'vendor']),
  };
}

function toolsByName(catalogue: Catalogue, specificities: readonly string[]): ToolList['toolsOf'] {
  const known = new Map<string, readonly string[]>();
  return ({ name }) => {
    const found = known.get(name) ?? onlyTool(catalogue, name, specificities);
    known.set(name, found);
    return found;
  };
}

/** Of the closest pattern that matches; none if several tools list it. */
function onlyTool(catalogue: Catalogue, name: string, specificities: readonly string[]): string[] {
  if (name === '') return [];
  const found = catalogue.lookup(name);
  const ids = found.flatMap(({ rank, value: { tool, endpoint } }) => {
    const isNamed =
      rank === found[0]?.rank && !isProviderKind(tool) && specificities.includes(endpoint.specificity);
    return isNamed ? [tool.id] : [];
  });
  const tools = [...new Set(ids)];
  return tools.length === 1 ? tools : [];
}

/** A published list: lines of `HASH,NAME…`, as of salesforce/ja3; other lines are comments. */
export function publishedFingerprints(catalogue: Catalogue, path: string): ToolList {
  const toolsNamed = toolsByLabel(catalogue);
  const tools = new Map<string, readonly string[]>();
  let lines = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [hash = '', ...names] = line.split(',').map((cell) => cell.trim().replaceAll('"', ''));
    if (!/^[0-9a-f]{32}$/u.test(hash)) continue;
    lines += 1;
    const found = names.flatMap(toolsNamed);
    if (found.length > 0) tools.set(hash, found);
  }
  if (lines === 0)
    throw new Error(`${path}: no line "HASH,NAME" with a JA3 hash of 32 digits. Pass another list.`);
  return {
    name: `JA3 list ${basename(path)}`,
    about: `published JA3 list: ${lines} fingerprints, ${tools.size} of them of tools in the catalogue`,
    toolsOf: ({ ja3 }) => tools.get(ja3) ?? [],
  };
}

/** Recordings with the fingerprints of their hellos: part of captures/manifest.json. */
export interface Fingerprinted {
  readonly file: string;
  readonly sni: Readonly<Record<string, { readonly ja3?: readonly string[] }>>;
}

/**
 * The best list that is possible: every JA3 of the recordings that only one tool uses, and no ordinary program. It
 * contains the answers of the recordings themselves, so its result is an upper limit.
 */
export function recordedFingerprints(
  recordings: readonly Fingerprinted[],
  truths: readonly CaptureTruth[],
): ToolList {
  const users = new Map<string, Set<string>>();
  for (const { file, sni } of recordings) {
    const truth = truths.find(({ capture }) => capture === file);
    const tools = truth?.hosts.flatMap(({ uses }) => uses.map(({ tool }) => tool)) ?? [];
    // A recording of several tools does not tell whose fingerprint it is.
    if (tools.length > 1) continue;
    for (const { ja3 = [] } of Object.values(sni)) {
      for (const hash of ja3) users.set(hash, (users.get(hash) ?? new Set()).add(tools[0] ?? ''));
    }
  }
  const own = new Map([...users].filter(([, tools]) => tools.size === 1 && !tools.has('')));
  return {
    name: 'JA3 list',
    about: `JA3 fingerprints that only one tool of the recordings uses (${own.size} of ${users.size}); tested on the recordings that they come from, so this is an upper limit`,
    toolsOf: ({ ja3 }) => [...(own.get(ja3) ?? [])],
  };
}

/** What the program itself says, where it equals the id or name of a tool: `TLS.ChatGPT`, `claude`. */
export function ownLabels(catalogue: Catalogue): ToolList {
  const toolsNamed = toolsByLabel(catalogue);
  return {
    name: OWN_ANSWERS,
    about: 'tools that the program itself names',
    toolsOf: ({ label }) => label.split('.').flatMap(toolsNamed),
  };
}

function toolsByLabel(catalogue: Catalogue): (label: string) => readonly string[] {
  const tools = new Map(
    catalogue.tools.flatMap((tool) =>
      isProviderKind(tool) ? [] : [tool.id, tool.name].map((text) => [plain(text), [tool.id]] as const),
    ),
  );
  return (label) => tools.get(plain(label)) ?? [];
}

/** "Claude Code", "claude-code" and "ClaudeCode" are the same. */
const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/gu, '');

export function answersBy(list: ToolList, capture: string, sightings: readonly Sighting[]): Answer[] {
  return sightings.flatMap((sighting) =>
    list.toolsOf(sighting).map((tool) => ({
      capture,
      host: sighting.host,
      tool,
      time: new Date(sighting.seconds * 1000).toISOString(),
    })),
  );
}
