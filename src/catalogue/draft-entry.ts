// Drafts the entry of a tool without a catalogue entry from a recording of this tool only. A person must review and
// sign it.

import type { Role, Specificity } from '../model/catalogue-words.ts';
import type { UsageRow, UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import type { Catalogue } from './catalogue.ts';
import type { Endpoint, ToolEntry } from './schema.ts';

export interface DraftOptions {
  readonly tool: string;
  readonly version: string;
  /** Date of the recording, YYYY-MM-DD. */
  readonly date: string;
  /** Source that the entry cites, for example the name of the capture. */
  readonly source: string;
  /** Names in recordings without the tool, none of which is its own. */
  readonly seenElsewhere?: ReadonlySet<string>;
}

/** Prefix of the notes in an unreviewed entry, which `catalogue lint` refuses. */
export const DRAFT = 'draft:';

/** Minimum bytes of a model request, whose answer is streamed. */
const MIN_REQUEST_BYTES = 1000;
const MIN_STREAM_RECORDS = 3;
const MIN_STREAM_BYTES = 500;
/** Minimum bytes of a download. A page or settings are smaller. */
const MIN_DOWNLOAD_BYTES = 100_000;

const MIN_WORD = 4;

const AUTH = /(^|[.-])(auth|oauth2?|login|signin|accounts?|sso|identity)[.-]/;
const UPDATE = /(^|[.-])(updates?|downloads?|dl|releases?|registry)[.-]/;
const TELEMETRY =
  /(^|[.-])(telemetry|metrics|otel|otlp|events?|logs?|analytics|sentry|posthog|statsig|ingest|rum)[.-]/;

interface Drafted {
  readonly name: string;
  readonly role: Role;
  readonly others: readonly Endpoint[];
  readonly users: readonly string[];
}

/**
 * Drafts an entry in which every name of the windows becomes an endpoint. They should contain one tool, and all names.
 */
export function draftEntry(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  options: DraftOptions,
): ToolEntry {
  const rows = windows.flatMap((window) => window.rows).filter(({ name }) => !name.startsWith('['));
  const names = [...new Set(rows.map(({ name }) => name))].sort(compareText);
  const drafted = names.map((name) => draftName(name, rows, catalogue));
  const sites = findOwnSites(drafted, options);
  const runtimes = listRuntimes(rows, catalogue);
  const endpoints = drafted.map((draft) => buildEndpoint(draft, sites, options));
  return {
    id: options.tool,
    name: options.tool,
    vendor: 'unknown',
    kind: 'cli',
    homepage: '',
    notes: formatNotes(windows, rows, catalogue, options),
    ...(runtimes.length === 0 ? {} : { runtimes }),
    ...buildClient(drafted, sites, catalogue, options),
    endpoints,
  };
}

/** States that the tool calls models of several vendors, or models behind an unlisted name. */
function buildClient(
  drafted: readonly Drafted[],
  sites: ReadonlySet<string>,
  catalogue: Catalogue,
  { date, source }: DraftOptions,
): Pick<ToolEntry, 'ownKey' | 'ownGateway'> {
  const models = drafted.filter(({ role }) => role === 'inference');
  const vendors = new Set(models.flatMap(({ name }) => catalogue.providerOf(name)?.tool.vendor ?? []));
  if (vendors.size > 1) return { ownKey: true };
  const isGateway = models.some(({ name, users }) => users.length === 0 && !sites.has(formatSite(name)));
  const how = 'recorded with requests to a gateway';
  return isGateway ? { ownGateway: { how, source, date } } : {};
}

/**
 * Returns the tool's own sites among unlisted names. A site with a word of the tool's name is its own. Another site
 * that receives model requests is its own only if the tool contacts another name of it too: otherwise it may be a
 * gateway of the user.
 */
function findOwnSites(
  drafted: readonly Drafted[],
  { tool, seenElsewhere }: DraftOptions,
): ReadonlySet<string> {
  const free = drafted.filter(({ name, users }) => users.length === 0 && seenElsewhere?.has(name) !== true);
  const sites = new Map<string, Drafted[]>();
  for (const draft of free)
    sites.set(formatSite(draft.name), [...(sites.get(formatSite(draft.name)) ?? []), draft]);
  const isOwn = (names: readonly Drafted[]): boolean =>
    names.some(({ name }) => containsToolName(name, tool)) ||
    (names.length > 1 && names.some(({ role }) => role === 'inference'));
  return new Set([...sites].filter(([, names]) => isOwn(names)).map(([site]) => site));
}

function draftName(name: string, rows: readonly UsageRow[], catalogue: Catalogue): Drafted {
  const found = catalogue.lookup(name).map(({ value }) => value);
  const users = [...new Set(found.map(({ tool }) => tool.id))].sort(compareText);
  const mine = rows.filter((row) => row.name === name);
  const others = found.map(({ endpoint }) => endpoint);
  const shape = getRole(name, mine);
  // A recording without a request to the model still contains the name of one.
  const otherRole = others.find(({ specificity }) => specificity !== 'shared')?.role;
  return { name, role: shape === 'web' ? (otherRole ?? shape) : shape, others, users };
}

function getRole(name: string, rows: readonly UsageRow[]): Role {
  const exchanges = rows.flatMap((row) => row.exchanges);
  const large = exchanges.filter(({ bytesUp }) => bytesUp >= MIN_REQUEST_BYTES);
  const isStreamed = large.some(
    ({ recordsDown, bytesDown }) => recordsDown >= MIN_STREAM_RECORDS && bytesDown >= MIN_STREAM_BYTES,
  );
  if (AUTH.test(name)) return 'auth';
  if (TELEMETRY.test(name)) return 'telemetry';
  if (isStreamed) return 'inference';
  if (UPDATE.test(name) || exchanges.some(({ bytesDown }) => bytesDown >= MIN_DOWNLOAD_BYTES))
    return 'update';
  return large.length > 0 ? 'telemetry' : 'web';
}

/**
 * Returns `tool` for a name without another entry that receives model requests or is next to such a name. A name that
 * another entry claims exclusively becomes shared: one of the two is wrong, and a person must decide which.
 */
function formatSpecificity(
  { name, others }: Drafted,
  sites: ReadonlySet<string>,
  { seenElsewhere }: DraftOptions,
): Specificity {
  if (others.length === 0)
    return sites.has(formatSite(name)) && seenElsewhere?.has(name) !== true ? 'tool' : 'shared';
  const isVendors = others.some(({ specificity }) => specificity === 'vendor');
  const isClaimed = others.some(({ specificity }) => specificity === 'tool');
  return isVendors && !isClaimed ? 'vendor' : 'shared';
}

function buildEndpoint(draft: Drafted, sites: ReadonlySet<string>, options: DraftOptions): Endpoint {
  const { date, source } = options;
  return {
    host: draft.name,
    match: 'exact',
    role: draft.role,
    specificity: formatSpecificity(draft, sites, options),
    protocol: 'https',
    confidence: 'low',
    note: 'role by shape and name; "tool" only when no other program asks for it',
    ...(draft.users.length === 0 ? {} : { alsoUsedBy: [...draft.users] }),
    sources: [source],
    whyLow: 'one recording',
    firstSeen: date,
    lastChecked: date,
  };
}

/** True if a word of the name indicates telemetry. */
export const isTelemetryName = (name: string): boolean => TELEMETRY.test(name);

/** True if a label of the name contains the first word of the tool's id. */
export function containsToolName(name: string, tool: string): boolean {
  return containsWord(name, tool.split(/[-.]/)[0] ?? tool);
}

/** True if the name contains the word. A short one must be a whole label, because "pi" occurs in every "api". */
function containsWord(name: string, word: string): boolean {
  return name.split('.').some((label) => label === word || (word.length >= MIN_WORD && label.includes(word)));
}

/** Returns the last two labels, or three below suffixes such as "co.uk". */
export function formatSite(name: string): string {
  const labels = name.split('.');
  const isCountry = (labels.at(-1)?.length ?? 0) === 2 && (labels.at(-2)?.length ?? 0) <= 3;
  return labels.slice(isCountry ? -3 : -2).join('.');
}

/** Returns known runtimes, without browsers and command-line clients; none if some hello is unknown. */
function listRuntimes(rows: readonly UsageRow[], catalogue: Catalogue): string[] {
  const seen = rows.flatMap(({ fingerprint }) =>
    fingerprint === null ? [] : [catalogue.runtimeSeen(fingerprint)],
  );
  const own = seen.filter(({ isBrowser, isHandTool }) => !isBrowser && !isHandTool);
  if (own.some(({ id }) => id === 'unknown')) return [];
  return [...new Set((own.length > 0 ? own : seen).map(({ id }) => id))].sort(compareText);
}

function formatNotes(
  windows: readonly UsageWindow[],
  rows: readonly UsageRow[],
  catalogue: Catalogue,
  { tool, version, source }: DraftOptions,
): string {
  const visited = new Set(rows.map(({ name }) => name));
  const queriedNames = windows.flatMap((window) => window.queriedNames.map(({ name }) => name));
  const onlyAsked = [...new Set(queriedNames)].filter((name) => !visited.has(name)).sort(compareText);
  const forms = rows.flatMap(({ fingerprint }) =>
    fingerprint !== null && catalogue.runtimeSeen(fingerprint).id === 'unknown' ? [fingerprint.ja4] : [],
  );
  const unknown = [...new Set(forms)].sort(compareText);
  return [
    `${DRAFT} ${tool} ${version}, ${source}. Check kind, vendor, roles and specificity, and take this word out`,
    ...(onlyAsked.length === 0 ? [] : [`asked for in DNS only: ${onlyAsked.join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`hellos of no known runtime: ${unknown.join(', ')}`]),
  ].join('; ');
}
