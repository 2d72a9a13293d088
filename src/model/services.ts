// Names AI services on a network by their signs. The first matching entry names a product, so the entries are ordered
// by how specific they are.

import { isSameNetwork } from '../net/address.ts';
import { compareVersions } from '../text/version.ts';
import type { ServiceClass } from './catalogue-words.ts';
import { MAX_SIGNS, MAX_VERSIONS } from './ceilings.ts';
import type { Confidence } from './confidence.ts';
import type { ServiceSign } from './service-signs.ts';
import type { ServiceSeen } from './usage.ts';
import { MCP_CLASSES } from './window-words.ts';

export interface ServiceName {
  readonly product: string;
  readonly class: ServiceClass;
  readonly confidence: Confidence;
}

interface Entry extends ServiceName {
  /** The entry matches with any of these signs. */
  readonly signs: readonly ServiceSign[];
  /** The entry matches on this port only, because its signs alone identify no product. */
  readonly port?: number;
}

const match = (
  product: string,
  serviceClass: ServiceClass,
  confidence: Confidence,
  ...signs: readonly ServiceSign[]
): Entry => ({ product, class: serviceClass, confidence, signs });

/** Relays come before the products behind them, products before protocols. */
const ENTRIES: readonly Entry[] = [
  match('litellm', 'openai-compatible', 'certain', 'liteLlmField'),
  match('codex-app-server', 'agent-server', 'certain', 'codexAnswer'),
  match('qwen-serve', 'agent-server', 'certain', 'qwenAnswer'),
  match('opencode', 'agent-server', 'certain', 'openCodeAnswer'),
  match('gemini-a2a', 'agent-server', 'certain', 'geminiAgent'),
  match('open-webui', 'other', 'certain', 'openWebuiConfig'),
  match('llama.cpp', 'openai-compatible', 'certain', 'llamaServer', 'llamaAnswer'),
  match('koboldcpp', 'other', 'certain', 'koboldServer', 'koboldAnswer'),
  match('text-generation-inference', 'other', 'certain', 'tgiFields', 'tgiAnswer'),
  match('lm-studio', 'openai-compatible', 'certain', 'lmStudioAnswer'),
  match('sglang', 'openai-compatible', 'certain', 'sglangOwner', 'sglangAnswer'),
  match('vllm', 'openai-compatible', 'certain', 'vllmOwner', 'vllmAnswer'),
  match('text-generation-webui', 'openai-compatible', 'certain', 'textGenWebuiAnswer'),
  match('ollama', 'ollama', 'certain', 'ollamaBanner', 'ollamaList', 'ollamaAnswer', 'ollamaFingerprint'),
  match('open-webui', 'other', 'likely', 'openWebuiAnswer'),
  match('lm-studio', 'openai-compatible', 'likely', 'lmStudioOwner'),
  { ...match('claude-code-router', 'anthropic-relay', 'likely', 'routerMessage'), port: 3456 },
  match('anthropic-relay', 'anthropic-relay', 'certain', 'anthropicAnswer', 'anthropicField'),
  match('openai-compatible', 'openai-compatible', 'certain', 'openAiAnswer'),
  match('mcp', 'mcp', 'certain', 'mcpInitialize', 'mcpField', 'mcpEndpoint'),
  match('a2a', 'agent-server', 'certain', 'agentCard', 'agentTask'),
  match('openai-compatible', 'openai-compatible', 'likely', 'openAiModels'),
  // opencode sends its field to any server, also to a model server. All signs in answers therefore come first.
  match('opencode', 'agent-server', 'likely', 'openCodeField'),
  match('unknown', 'other', 'possible', 'chatRequest'),
  match('tls-service', 'other', 'possible', 'serverName'),
];

export const SERVICE_PRODUCTS: ReadonlyMap<string, ServiceClass> = new Map(
  ENTRIES.map(({ product, class: serviceClass }) => [product, serviceClass]),
);

/**
 * Products whose answers may state a version, with the names that databases publish advisories under, by ecosystem. An
 * advisory about a product that is also a tool of the catalogue applies to the tool.
 */
export const SERVICE_PACKAGES = {
  ollama: [['Go', 'github.com/ollama/ollama']],
  vllm: [['PyPI', 'vllm']],
  sglang: [['PyPI', 'sglang']],
  litellm: [['PyPI', 'litellm']],
  'open-webui': [
    ['PyPI', 'open-webui'],
    ['npm', 'open-webui'],
  ],
  koboldcpp: [['GIT', 'https://github.com/LostRuins/koboldcpp']],
  'text-generation-inference': [['GIT', 'https://github.com/huggingface/text-generation-inference']],
} as const satisfies Readonly<Record<string, readonly (readonly [ecosystem: string, name: string])[]>>;

/** Tools of the catalogue by the product that they show as a service. */
const SERVED_TOOLS: Readonly<Record<string, string>> = { opencode: 'opencode', 'qwen-serve': 'qwen-code' };

/** Returns the subject of advisories about a product; null if no answer states its version. */
export const findAdvisorySubject = (product: string): string | null =>
  product in SERVICE_PACKAGES ? product : (SERVED_TOOLS[product] ?? null);

/**
 * True if signs identify the product with certainty, and the answers cannot have stated the version of another product.
 */
export const isOnly = ({ product, confidence }: ServiceName, signs: ReadonlySet<string>): boolean =>
  confidence === 'certain' &&
  ENTRIES.every(
    (other) =>
      other.product === product ||
      findAdvisorySubject(other.product) === null ||
      other.confidence !== 'certain' ||
      !other.signs.some((sign) => signs.has(sign)),
  );

/** Products that forward requests of their clients to a model. */
const RELAYS: ReadonlySet<string> = new Set([
  'litellm',
  'claude-code-router',
  'anthropic-relay',
  'open-webui',
]);

export const isRelay = ({ product }: Pick<ServiceName, 'product'>): boolean => RELAYS.has(product);

export function signsOfName({ product, class: serviceClass, confidence }: ServiceName): ReadonlySet<string> {
  return new Set(
    ENTRIES.filter(
      (candidate) =>
        candidate.product === product &&
        candidate.class === serviceClass &&
        candidate.confidence === confidence,
    ).flatMap(({ signs }) => signs),
  );
}

/** The server answered: a request without an answer reached nothing. */
export const isReached = ({ signs, uses }: Pick<ServiceSeen, 'signs' | 'uses'>): boolean =>
  signs.length > 0 || uses > 0;

/** The client is outside the network of the service (/24, IPv6 /64). */
export const isFromOtherNetwork = ({ host, server, isOtherNetwork }: ServiceSeen): boolean =>
  isOtherNetwork || !isSameNetwork(host, server);

/** Counts the requests of a client. The upper bound is open if some were not counted. */
export const requestRange = ({
  requests,
  isUncounted,
}: Pick<ServiceSeen, 'requests' | 'isUncounted'>): { readonly min: number; readonly max: number | null } => ({
  min: requests,
  max: isUncounted ? null : requests,
});

/** True if the client did more than ask which service it is. */
export const isClient = ({ uses }: Pick<ServiceSeen, 'uses'>): boolean => uses > 0;

/** Returns null if the signs name nothing. It ignores signs of a newer version. */
export function findServiceName(signs: ReadonlySet<string>, port: number): ServiceName | null {
  const found = ENTRIES.find(
    (candidate) =>
      (candidate.port === undefined || candidate.port === port) &&
      candidate.signs.some((sign) => signs.has(sign)),
  );
  if (found === undefined) return null;
  return { product: found.product, class: found.class, confidence: found.confidence };
}

/** Sums answered MCP requests by class. */
export const sumMcp = (all: readonly Pick<ServiceSeen, 'mcp'>[]): readonly number[] =>
  MCP_CLASSES.map((_, place) => all.reduce((sum, { mcp }) => sum + (mcp?.[place] ?? 0), 0));

const VERSION = /^\d{1,5}(\.\d{1,5}){1,2}$/;

/** Lists versions, oldest first. It validates the texts, because windows come from other machines. */
export const versionsIn = (all: readonly Pick<ServiceSeen, 'versions'>[]): string[] =>
  [...new Set(all.flatMap(({ versions = [] }) => versions))]
    .filter((text) => VERSION.test(text))
    .sort((a, b) => compareVersions(a, b) || a.length - b.length);

export const serviceKey = ({ host, server, port }: Pick<ServiceSeen, 'host' | 'server' | 'port'>): string =>
  `${host}\u0000${server}\u0000${port}`;

/** Merges two entries with the same key. */
export function sumServices(a: ServiceSeen, b: ServiceSeen): ServiceSeen {
  return {
    host: a.host,
    server: a.server,
    port: a.port,
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
    signs: [...new Set([...a.signs, ...b.signs])].sort().slice(0, MAX_SIGNS),
    flows: a.flows + b.flows,
    requests: a.requests + b.requests,
    uses: a.uses + b.uses,
    isUncounted: a.isUncounted || b.isUncounted,
    bytesUp: a.bytesUp + b.bytesUp,
    bytesDown: a.bytesDown + b.bytesDown,
    isOtherNetwork: a.isOtherNetwork || b.isOtherNetwork,
    ...uniteDetails([a, b]),
  };
}

type Details = Pick<ServiceSeen, 'versions' | 'mcp'>;

function uniteDetails(all: readonly Details[]): Details {
  const versions = versionsIn(all).slice(0, MAX_VERSIONS);
  return {
    ...(versions.length === 0 ? {} : { versions }),
    ...(all.every(({ mcp }) => mcp === undefined) ? {} : { mcp: sumMcp(all) }),
  };
}
