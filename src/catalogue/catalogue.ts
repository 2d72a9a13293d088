// Compiles the catalogue: lookups by server name, address and hello, and the watchlist of native code.

import { RELAY_ID, type Role, type Specificity } from '../model/catalogue-words.ts';
import type { RecordFilter } from '../model/flow.ts';
import type { ClientFingerprint, UsageLookup } from '../model/usage.ts';
import { type Network, networkContains, parseAddress, parseNetwork } from '../net/address.ts';
import { WrittenNames } from '../text/written-name.ts';
import { type Found, NameIndex } from './name-index.ts';
import { type CompiledTool, isProviderKind, listRuleNames, listRules, listUnshared } from './rules.ts';
import { Runtimes } from './runtimes.ts';
import type { CatalogueData, Collectors, Endpoint, RuntimeSeen, ToolEntry } from './schema.ts';

export interface ToolEndpoint {
  readonly tool: ToolEntry;
  readonly endpoint: Endpoint;
}

/** Evidence that a flow of a relay runtime to an unlisted name requires: one call, or a loop of calls. */
type RelayNeed = 'call' | 'loop';

/**
 * The part of a catalogue that sensors need. The build stores it as plain data, because a capture without tools needs
 * nothing else.
 */
export interface SensorPart {
  readonly watchlist: Required<RecordFilter>;
  readonly relayRuntimes: readonly (readonly [id: string, needs: RelayNeed])[];
  /** Runtimes that open a WebSocket which keeps the conversation; `alpn` is joined by commas. */
  readonly sockets: readonly { readonly runtime: string; readonly alpn: string }[];
  /** Networks that vendors own: those of providers first, then the most specific. */
  readonly networks: readonly { readonly id: string; readonly cidr: string }[];
}

/** The compiled catalogue. The first lookup of each kind builds its index. */
export class Catalogue implements UsageLookup {
  readonly version: string;
  readonly collectors: Collectors;
  readonly runtimes: Runtimes;
  readonly data: CatalogueData;
  #sensorPart: SensorPart | null;
  #byId: ReadonlyMap<string, ToolEntry> | null = null;
  #written: WrittenNames<ToolEntry> | null = null;
  #endpoints: NameIndex<ToolEndpoint> | null = null;
  #watched: NameIndex<true> | null = null;
  #candidates: NameIndex<CompiledTool> | null = null;
  readonly #compiled = new Map<string, CompiledTool>();
  #relays: readonly CompiledTool[] | null = null;
  #relayIds: ReadonlyMap<string, RelayNeed> | null = null;
  #networks: { id: string; network: Network }[] | null = null;

  /** `sensorPart`: the part of `data` that a build has stored. */
  constructor(data: CatalogueData, sensorPart: SensorPart | null = null) {
    this.data = data;
    this.version = data.version;
    this.collectors = data.collectors;
    this.runtimes = new Runtimes(data.runtimes);
    this.#sensorPart = sensorPart;
  }

  get tools(): readonly ToolEntry[] {
    return this.data.tools;
  }

  get sensorPart(): SensorPart {
    this.#sensorPart ??= buildSensorPart(this.data, this.relayTools());
    return this.#sensorPart;
  }

  /** Returns a copy with the entry added; it replaces an entry with the same ID. */
  with(entry: ToolEntry): Catalogue {
    const others = this.tools.filter(({ id }) => id !== entry.id);
    return new Catalogue({ ...this.data, tools: [...others, entry] });
  }

  /** Returns the data of the catalogue as text. Catalogues with the same text give the same results. */
  text(): string {
    return JSON.stringify(this.data);
  }

  tool(id: string): ToolEntry | undefined {
    this.#byId ??= new Map(this.tools.map((tool) => [tool.id, tool]));
    return this.#byId.get(id);
  }

  /** Returns the display name of a tool; its ID if the catalogue does not contain it. */
  toolName(id: string): string {
    return this.tool(id)?.name ?? id;
  }

  /** Finds a tool by ID or display name, case-insensitive. A display name of two tools finds neither. */
  toolWritten(text: string): ToolEntry | undefined {
    return this.written.find(text);
  }

  /** Index of tools by ID and display name. */
  get written(): WrittenNames<ToolEntry> {
    this.#written ??= new WrittenNames(this.tools);
    return this.#written;
  }

  /** Every endpoint that matches the name, closest first. */
  lookup(name: string): readonly Found<ToolEndpoint>[] {
    if (this.#endpoints === null) {
      this.#endpoints = new NameIndex();
      for (const tool of this.tools) {
        for (const endpoint of tool.endpoints) this.#endpoints.add(endpoint.host, { tool, endpoint });
      }
    }
    return this.#endpoints.find(name);
  }

  /** True for names that windows may contain: those that are evidence for AI use, or support such a name. */
  isListed(name: string): boolean {
    this.#watched ??= this.#watchedIndex();
    return this.#watched.has(name);
  }

  runtimeSeen(fingerprint: ClientFingerprint): RuntimeSeen {
    return this.runtimes.seen(fingerprint);
  }

  /**
   * Returns the ID of the runtime if a relay rule or the entry of suspected relays lists it, else null. Flows of other
   * runtimes to unlisted names are ignored.
   */
  runtimeOf(fingerprint: ClientFingerprint): string | null {
    const seen = this.runtimes.seen(fingerprint);
    return this.#relayRuntimes().has(seen.id) ? seen.id : null;
  }

  /** True if only the entry of suspected relays lists the runtime: many programs that are not AI tools use it. */
  needsLoop(fingerprint: ClientFingerprint): boolean {
    const { id } = this.runtimes.seen(fingerprint);
    return this.#relayRuntimes().get(id) === 'loop';
  }

  /**
   * Returns the runtimes of a tool whose flows to unlisted names are ignored, without browsers, which use names of the
   * vendor.
   */
  unwatchedRuntimes({ runtimes = [] }: Pick<ToolEntry, 'runtimes'>): string[] {
    return runtimes.filter((id) => id !== 'browser' && !this.#relayRuntimes().has(id));
  }

  /**
   * True if a tool opens WebSockets with this hello. The server keeps the conversation, so that requests need not grow.
   */
  keepsConversation(fingerprint: ClientFingerprint): boolean {
    const { id } = this.runtimes.seen(fingerprint);
    const { sockets } = this.sensorPart;
    if (!sockets.some(({ runtime }) => runtime === id)) return false;
    const alpn = fingerprint.alpn.join(',');
    return sockets.some((socket) => socket.runtime === id && socket.alpn === alpn);
  }

  /** Returns the ID of the tool that owns the address: APIs first, then the longest prefix. */
  findNetworkOwner(address: string): string | null {
    const bytes = parseAddress(address);
    if (bytes === null) return null;
    this.#networks ??= this.sensorPart.networks.flatMap(({ id, cidr }) => {
      const network = parseNetwork(cidr);
      return network === null ? [] : [{ id, network }];
    });
    return this.#networks.find(({ network }) => networkContains(network, bytes))?.id ?? null;
  }

  /** Returns the provider of a name: the most specific API, gateway or shared vendor name. */
  providerOf(name: string): ToolEndpoint | null {
    return this.lookup(name).find(({ value }) => standsForProvider(value))?.value ?? null;
  }

  /** Returns the provider entry that lists the name as an MCP server. MCP servers of a tool belong to the tool. */
  mcpServerOf(name: string): ToolEntry | null {
    const found = this.lookup(name).find(
      ({ value: { tool, endpoint } }) => endpoint.role === 'mcp' && isProviderKind(tool),
    );
    return found?.value.tool ?? null;
  }

  /** Returns the tools with a rule or endpoint for the name. */
  candidates(name: string): CompiledTool[] {
    this.#candidates ??= this.#candidateIndex();
    return [...new Set(this.#candidates.find(name).map(({ value }) => value))];
  }

  compiled(tool: ToolEntry): CompiledTool {
    let compiled = this.#compiled.get(tool.id);
    if (compiled === undefined) {
      const names = new NameIndex<Endpoint>();
      for (const endpoint of tool.endpoints) names.add(endpoint.host, endpoint);
      compiled = { tool, rules: listRules(tool), names };
      this.#compiled.set(tool.id, compiled);
    }
    return compiled;
  }

  /** Returns the tools with a rule about unlisted names. */
  relayTools(): readonly CompiledTool[] {
    this.#relays ??= this.tools
      .map((tool) => this.compiled(tool))
      .filter(({ rules }) => rules.some((rule) => rule.kind === 'relay'));
    return this.#relays;
  }

  /** Returns the tools that identify themselves in clear text, by product token. */
  toolsByUserAgent(userAgent: string): CompiledTool[] {
    return this.tools
      .filter((tool) => tool.userAgents?.some(({ token }) => userAgent.startsWith(token)))
      .map((tool) => this.compiled(tool));
  }

  /** Returns the names and hellos that native code must watch for. */
  watchlist(): RecordFilter {
    return this.sensorPart.watchlist;
  }

  /** Returns the evidence that each relay runtime requires. It is cached, because every flow with a hello needs it. */
  #relayRuntimes(): ReadonlyMap<string, RelayNeed> {
    this.#relayIds ??= new Map(this.sensorPart.relayRuntimes);
    return this.#relayIds;
  }

  #watchedIndex(): NameIndex<true> {
    const index = new NameIndex<true>();
    for (const name of this.sensorPart.watchlist.listed) index.add(name, true);
    return index;
  }

  #candidateIndex(): NameIndex<CompiledTool> {
    const index = new NameIndex<CompiledTool>();
    for (const tool of this.tools) {
      if (isProviderKind(tool)) continue;
      const compiled = this.compiled(tool);
      const names = new Set([...compiled.rules.flatMap(listRuleNames), ...listUnshared(tool)]);
      for (const name of names) index.add(name, compiled);
    }
    return index;
  }
}

export function isModelEndpoint(endpoint: {
  readonly role: Role;
  readonly specificity: Specificity;
}): boolean {
  return (endpoint.role === 'inference' || endpoint.role === 'relay') && endpoint.specificity !== 'shared';
}

function standsForProvider({ tool, endpoint }: ToolEndpoint): boolean {
  if (!isModelEndpoint(endpoint)) return false;
  return isProviderKind(tool) || (tool.provider === true && endpoint.specificity === 'vendor');
}

function buildSensorPart(data: CatalogueData, relayTools: readonly CompiledTool[]): SensorPart {
  const relayRuntimes = collectRelayRuntimes(data, relayTools);
  return {
    watchlist: buildWatchlist(data, relayRuntimes),
    relayRuntimes: [...relayRuntimes],
    sockets: data.tools.flatMap(({ exchange }) => {
      const socket = exchange?.websocket;
      return socket === undefined ? [] : [{ runtime: socket.runtime, alpn: socket.alpn.join(',') }];
    }),
    networks: listNetworks(data),
  };
}

function collectRelayRuntimes(
  { tools }: CatalogueData,
  relayTools: readonly CompiledTool[],
): Map<string, RelayNeed> {
  const suspected = tools.find(({ id }) => id === RELAY_ID);
  const found = new Map<string, RelayNeed>((suspected?.runtimes ?? []).map((id) => [id, 'loop']));
  for (const { rules } of relayTools) {
    for (const rule of rules)
      if (rule.kind === 'relay' && rule.beside === undefined)
        for (const id of rule.runtimes) found.set(id, 'call');
  }
  return found;
}

function buildWatchlist(data: CatalogueData, relay: ReadonlyMap<string, unknown>): Required<RecordFilter> {
  const listed = collectNames(data);
  const regions = findRegions(data);
  const names = [...listed].flatMap((name) => splitPatterns(name, regions.get(name)));
  const ciphers = data.runtimes
    .filter(({ id }) => relay.has(id))
    .flatMap((entry) => entry.ciphers.map(({ hash }) => hash));
  const userAgents = data.tools.flatMap((tool) => (tool.userAgents ?? []).map(({ token }) => token));
  return {
    names: [...new Set(names)].sort(),
    ciphers: [...new Set(ciphers)].sort(),
    userAgents: [...new Set(userAgents)].sort(),
    listed: [...listed].sort(),
    networks: data.tools.flatMap((tool) => (tool.networks ?? []).flatMap(({ cidr }) => cidr ?? [])).sort(),
  };
}

function collectNames({ tools, collectors }: CatalogueData): Set<string> {
  const names = new Set<string>(collectors.names);
  for (const tool of tools) {
    for (const name of listUnshared(tool)) names.add(name);
    for (const name of tool.exchange?.telemetry ?? []) names.add(name);
    for (const rule of tool.evidence ?? []) for (const name of listRuleNames(rule)) names.add(name);
  }
  return names;
}

/** Returns the regions for the "*" of a pattern, by pattern. */
function findRegions(data: CatalogueData): Map<string, readonly string[]> {
  const patterns = new Map<string, readonly string[]>();
  for (const { endpoints } of data.tools) {
    for (const { host, regions } of endpoints) {
      if (regions !== undefined) patterns.set(host, data.regions[regions]);
    }
  }
  return patterns;
}

/**
 * Converts a pattern for native code, which matches exact names and ".suffix". A "*" for a cloud region is expanded,
 * because the suffix after it contains the whole cloud; any other pattern becomes the suffix after its last "*".
 */
function splitPatterns(name: string, regions: readonly string[] | undefined): string[] {
  if (!name.includes('*')) return [name];
  if (regions !== undefined) return regions.map((region) => name.replace('*', region));
  const behind = name.slice(name.lastIndexOf('*') + 1);
  const dot = behind.indexOf('.');
  return dot < 0 ? [] : [behind.slice(dot)];
}

function listNetworks({ tools }: CatalogueData): { id: string; cidr: string }[] {
  const list: { id: string; cidr: string; network: Network; isProvider: boolean }[] = [];
  for (const tool of tools) {
    for (const { cidr } of tool.networks ?? []) {
      const network = cidr === undefined ? null : parseNetwork(cidr);
      if (cidr === undefined || network === null) continue;
      list.push({ id: tool.id, cidr, network, isProvider: isProviderKind(tool) });
    }
  }
  list.sort((a, b) => Number(b.isProvider) - Number(a.isProvider) || b.network.bits - a.network.bits);
  return list.map(({ id, cidr }) => ({ id, cidr }));
}
