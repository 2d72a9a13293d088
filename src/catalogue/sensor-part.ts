// What sensors ask a catalogue for. Plain data that a build keeps, because a capture without tools needs nothing else.

import { RELAY_ID } from '../model/catalogue-words.ts';
import type { RecordFilter } from '../model/flow.ts';
import { type Network, parseNetwork } from '../net/address.ts';
import { type CompiledTool, isProviderKind, ruleNames, unsharedNames } from './rules.ts';
import type { CatalogueData } from './schema.ts';

/** What makes a connection of such a runtime to an unlisted name interesting: one call, or only a loop of calls. */
export type RelayNeed = 'call' | 'loop';

export interface SensorPart {
  /** What native code must watch for. */
  readonly watchlist: Required<RecordFilter>;
  readonly relayRuntimes: readonly (readonly [id: string, needs: RelayNeed])[];
  /** Runtimes that open a WebSocket which keeps the conversation; `alpn` joined by commas. */
  readonly sockets: readonly { readonly runtime: string; readonly alpn: string }[];
  /** Networks that vendors own: those of providers first, then the closest. */
  readonly networks: readonly { readonly id: string; readonly cidr: string }[];
}

/** Of all entries. */
export function sensorPartOf(data: CatalogueData, relayTools: readonly CompiledTool[]): SensorPart {
  const relayRuntimes = relayRuntimesOf(data, relayTools);
  return {
    watchlist: watchlistOf(data, relayRuntimes),
    relayRuntimes: [...relayRuntimes],
    sockets: data.tools.flatMap(({ exchange }) => {
      const socket = exchange?.websocket;
      return socket === undefined ? [] : [{ runtime: socket.runtime, alpn: socket.alpn.join(',') }];
    }),
    networks: networksOf(data),
  };
}

function relayRuntimesOf(
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

function watchlistOf(data: CatalogueData, relay: ReadonlyMap<string, unknown>): Required<RecordFilter> {
  const listed = listedNames(data);
  const regions = regionsOfPatterns(data);
  const names = [...listed].flatMap((name) => nativePatterns(name, regions.get(name)));
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

function listedNames({ tools, collectors }: CatalogueData): Set<string> {
  const names = new Set<string>(collectors.names);
  for (const tool of tools) {
    for (const name of unsharedNames(tool)) names.add(name);
    for (const name of tool.exchange?.telemetry ?? []) names.add(name);
    for (const rule of tool.evidence ?? []) for (const name of ruleNames(rule)) names.add(name);
  }
  return names;
}

/** Regions for the "*" of a pattern, by pattern. */
function regionsOfPatterns(data: CatalogueData): Map<string, readonly string[]> {
  const patterns = new Map<string, readonly string[]>();
  for (const { endpoints } of data.tools) {
    for (const { host, regions } of endpoints) {
      if (regions !== undefined) patterns.set(host, data.regions[regions]);
    }
  }
  return patterns;
}

/**
 * Native code matches exact names and ".suffix". A "*" for a cloud region is expanded, because the suffix
 * after it contains the whole cloud; any other pattern becomes the suffix after its last "*".
 */
function nativePatterns(name: string, regions: readonly string[] | undefined): string[] {
  if (!name.includes('*')) return [name];
  if (regions !== undefined) return regions.map((region) => name.replace('*', region));
  const behind = name.slice(name.lastIndexOf('*') + 1);
  const dot = behind.indexOf('.');
  return dot < 0 ? [] : [behind.slice(dot)];
}

function networksOf({ tools }: CatalogueData): { id: string; cidr: string }[] {
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
