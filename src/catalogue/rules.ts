// Lists the evidence rules of a tool: those in its file, and those derived from its names.

import type { Role } from '../model/catalogue-words.ts';
import type { NameIndex } from './name-index.ts';
import type { Endpoint, EvidenceRule, RuntimeSeen, ToolEntry } from './schema.ts';

export type Grade = 'certain' | 'likely' | 'possible';

type WithGrade<R> = R extends { gives: string } ? Omit<R, 'gives'> & { readonly gives: Grade } : R;
type Declared = WithGrade<EvidenceRule>;
/** A declared rule, or one derived from the endpoints. Only derived name rules can give "certain". */
export type Rule = Exclude<Declared, { kind: 'name' }> | NameRule;
export type NameRule = Extract<Declared, { kind: 'name' }> & {
  /** People open these names in a browser too, so a hello of a browser or an unknown program is weak evidence. */
  readonly isVisited?: boolean;
};

/** Roles that only a running program requests. People also visit pages, documents and files. */
export const PROGRAM_ROLES: ReadonlySet<Role> = new Set([
  'inference',
  'auth',
  'telemetry',
  'update',
  'mcp',
  'relay',
]);
/** Roles that browsers request as well: a login, a download. */
const VISITED_ROLES: ReadonlySet<Role> = new Set(['auth', 'update']);
const MODEL_ROLES: ReadonlySet<Role> = new Set(['inference', 'mcp']);
const API_KINDS = new Set(['api', 'gateway', 'model-hub']);

/** True for provider entries, which are never reported as a tool. */
export function isProviderKind(tool: ToolEntry): boolean {
  return API_KINDS.has(tool.kind);
}

/** Lists declared rules first, then derived ones, see docs/evidence.md. */
export function listRules(tool: ToolEntry): Rule[] {
  if (isProviderKind(tool)) return [];
  const declared: Rule[] = [...(tool.evidence ?? [])];
  return [...declared, ...(tool.kind === 'chat' ? deriveChatRules(tool) : deriveProgramRules(tool))];
}

/**
 * Derived rules apply to names whose most specific endpoint they list. A suffix does not apply to an exact name below
 * it.
 */
const derived = { source: 'names of this entry', date: '' } as const;

export function isDerived(rule: { readonly source: string }): boolean {
  return rule.source === derived.source;
}

function selectNames(tool: ToolEntry, predicate: (endpoint: Endpoint) => boolean): string[] {
  return tool.endpoints.filter(predicate).map((endpoint) => endpoint.host);
}

/** Returns names that belong to this tool only. */
export const listUnshared = (tool: ToolEntry): string[] =>
  selectNames(tool, ({ specificity }) => specificity !== 'shared');

export function listRuleNames(rule: Rule): readonly string[] {
  if (rule.kind === 'relay') return rule.beside ?? [];
  if (rule.kind === 'companion') return rule.names.flat();
  return rule.kind === 'name' ? [...rule.names, ...(rule.weakenedBy ?? [])] : rule.names;
}

function nameRule(id: string, gives: Grade, names: string[], more?: { isVisited: boolean }): NameRule[] {
  return names.length === 0 ? [] : [{ id, kind: 'name', gives, names, ...more, ...derived }];
}

function deriveProgramRules(tool: ToolEntry): Rule[] {
  const isOwn = (endpoint: Endpoint): boolean => endpoint.specificity === 'tool';
  const isAsked = (e: Endpoint): boolean =>
    isOwn(e) && PROGRAM_ROLES.has(e.role) && !VISITED_ROLES.has(e.role);
  const own = selectNames(tool, (e) => isAsked(e) && e.visited !== true);
  const sites = selectNames(tool, (e) => isAsked(e) && e.visited === true);
  const visited = selectNames(tool, (e) => isOwn(e) && VISITED_ROLES.has(e.role));
  const pages = selectNames(tool, (e) => isOwn(e) && !PROGRAM_ROLES.has(e.role));
  const vendor = selectNames(tool, (e) => e.specificity === 'vendor' && MODEL_ROLES.has(e.role));
  const programNames = selectNames(tool, (e) => isOwn(e) && PROGRAM_ROLES.has(e.role));
  return [
    ...nameRule('own-name', 'certain', own),
    ...nameRule('own-site', 'certain', sites, { isVisited: true }),
    ...nameRule('own-side-name', 'certain', visited, { isVisited: true }),
    ...nameRule('own-page', 'possible', pages),
    ...(tool.provider === true ? [] : nameRule('vendor-name', 'possible', vendor)),
    ...(programNames.length === 0
      ? []
      : [
          {
            id: 'own-name-asked',
            kind: 'dns' as const,
            gives: 'possible' as const,
            names: programNames,
            ...derived,
          },
        ]),
  ];
}

/** Derives rules of a chat. People use it in a browser, so the page of its model is its exclusive name. */
function deriveChatRules(tool: ToolEntry): Rule[] {
  const isAsked = (e: Endpoint): boolean => e.role === 'inference' || e.role === 'web';
  const own = selectNames(tool, (e) => e.specificity === 'tool' && isAsked(e));
  return nameRule('own-name', 'certain', own);
}

export interface CompiledTool {
  readonly tool: ToolEntry;
  readonly rules: readonly Rule[];
  /** Endpoints of this tool by name, most specific first. */
  readonly names: NameIndex<Endpoint>;
}

export function isOwnName({ names }: CompiledTool, name: string): boolean {
  return names.find(name)[0]?.value.specificity === 'tool';
}

/** The match between a hello and the runtimes of a tool. */
export type RuntimeMatch = 'yes' | 'unknown' | 'otherProgram' | 'browser';

/** True for the hello of a browser, or of an unknown program that offers HTTP/2 as browsers do. */
export function mayBeBrowser(
  { id, isBrowser }: RuntimeSeen,
  fingerprint: { readonly alpn: readonly string[] } | null,
): boolean {
  return isBrowser || (id === 'unknown' && fingerprint?.alpn.includes('h2') === true);
}

/**
 * Kinds of tools on a browser engine, with the match of a browser's hello: an editor's hello equals it; an extension
 * may use it.
 */
const BROWSER_BUILT: Readonly<Record<string, RuntimeMatch>> = { ide: 'yes', 'ide-extension': 'unknown' };

/** True for an editor or a chat, whose names only a browser engine calls. Extensions also run on other runtimes. */
export const isBrowserBuilt = ({ kind }: Pick<ToolEntry, 'kind'>): boolean =>
  kind === 'chat' || BROWSER_BUILT[kind] === 'yes';

/**
 * Returns the match between the program of a hello and a tool; `wanted`: the runtimes of a rule, else those of the
 * tool.
 */
export function formatMatch(
  compiled: CompiledTool,
  { runtime, userAgent }: { readonly runtime: RuntimeSeen | null; readonly userAgent: string | null },
  ruleRuntimes?: readonly string[],
): RuntimeMatch {
  if (userAgent !== null && compiled.tool.userAgents?.some(({ token }) => userAgent.startsWith(token)))
    return 'yes';
  if (runtime === null || runtime.id === 'unknown') return 'unknown';
  const runtimes = ruleRuntimes ?? compiled.tool.runtimes;
  if (runtimes !== undefined) {
    if (runtimes.includes(runtime.id)) return 'yes';
    return runtime.isBrowser ? 'browser' : 'otherProgram';
  }
  if (runtime.isBrowser) return BROWSER_BUILT[compiled.tool.kind] ?? 'browser';
  return runtime.isHandTool ? 'otherProgram' : 'yes';
}
