// The entry of a tool that no catalogue has, drafted from a recording of it alone: for a person to check and to sign.

import type { Role, Specificity } from '../model/tool.ts';
import type { UsageRow, UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import type { Catalogue } from './catalogue.ts';
import type { RuntimeSeen } from './runtimes.ts';
import type { Endpoint, EvidenceRule, ToolEntry } from './schema.ts';

export interface DraftOptions {
  readonly tool: string;
  readonly version: string;
  /** YYYY-MM-DD, of the recording. */
  readonly date: string;
  /** What the entry cites, for example the name of the capture. */
  readonly source: string;
}

/** Notes of an entry that nobody has checked begin so; `catalogue lint` refuses them. */
export const DRAFT = 'draft:';

/** A model request has more, and its answer is streamed in pieces with something in them. */
const MIN_REQUEST_BYTES = 1000;
const MIN_STREAM_RECORDS = 3;
const MIN_STREAM_BYTES = 500;
/** What comes down of a page or of settings is less. */
const MIN_DOWNLOAD_BYTES = 100_000;

/** As the companion rules of the built-in entries have it. */
const COMPANION_SECONDS = 600;

const MIN_WORD = 4;

const AUTH = /(^|[.-])(auth|oauth2?|login|signin|accounts?|sso|identity)[.-]/;
const UPDATE = /(^|[.-])(updates?|downloads?|dl|releases?|registry)[.-]/;
const TELEMETRY = /(^|[.-])(telemetry|metrics|otel|otlp|events?|logs?|analytics|sentry|posthog|statsig)[.-]/;

interface Drafted {
  readonly name: string;
  readonly role: Role;
  readonly others: readonly Endpoint[];
  readonly users: readonly string[];
}

/** Every name of the windows becomes an endpoint: they should be of one tool, read with all names kept. */
export function draftEntry(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  options: DraftOptions,
): ToolEntry {
  const rows = windows.flatMap((window) => window.rows).filter(({ name }) => !name.startsWith('['));
  const names = [...new Set(rows.map(({ name }) => name))].sort(compareText);
  const drafted = names.map((name) => draftedOf(name, rows, catalogue));
  const word = options.tool.split(/[-.]/)[0] ?? options.tool;
  const sites = new Set(
    drafted
      .filter(({ name, role, users }) => users.length === 0 && (role === 'inference' || bears(name, word)))
      .map(({ name }) => siteOf(name)),
  );
  const runtimes = runtimesOf(rows, catalogue);
  const endpoints = drafted.map((one) => endpointOf(one, sites, options));
  const users = new Map(drafted.map((one) => [one.name, one.users]));
  const rules = companionsOf(endpoints, users, runtimes, options);
  return {
    id: options.tool,
    name: options.tool,
    vendor: 'unknown',
    kind: 'cli',
    homepage: '',
    notes: notesOf(windows, rows, catalogue, options),
    ...(runtimes.length === 0 ? {} : { runtimes }),
    endpoints,
    ...(rules.length === 0 ? {} : { evidence: rules }),
  };
}

/**
 * Without a name of its own for its models the tool may still be named by what it talks to beside them. On a known
 * runtime only: else whatever else is on a host would do.
 */
function companionsOf(
  endpoints: readonly Endpoint[],
  users: ReadonlyMap<string, readonly string[]>,
  runtimes: readonly string[],
  { date, source }: DraftOptions,
): EvidenceRule[] {
  const models = endpoints.filter(({ role }) => role === 'inference');
  if (runtimes.length === 0 || models.some(({ specificity }) => specificity === 'tool')) return [];
  const beside = endpoints.filter(({ host, role, specificity }) => {
    if (role === 'inference' || role === 'update') return false;
    return role === 'telemetry' || specificity === 'vendor' || users.get(host)?.length === 0;
  });
  if (models.length === 0 || beside.length === 0) return [];
  const names = [models, beside].map((list) => list.map(({ host }) => host));
  const note = 'both within ten minutes; keep only names that other programs do not ask for';
  return [
    {
      id: 'drafted-companion',
      kind: 'companion',
      gives: 'likely',
      names,
      runtimes: [...runtimes],
      withinSeconds: COMPANION_SECONDS,
      note,
      source,
      date,
    },
  ];
}

function draftedOf(name: string, rows: readonly UsageRow[], catalogue: Catalogue): Drafted {
  const found = catalogue.lookup(name).map(({ value }) => value);
  const users = [...new Set(found.map(({ tool }) => tool.id))].sort(compareText);
  const mine = rows.filter((row) => row.name === name);
  return { name, role: roleOf(name, mine), others: found.map(({ endpoint }) => endpoint), users };
}

function roleOf(name: string, rows: readonly UsageRow[]): Role {
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
 * Alone the tool's: what nobody else lists, when model requests go there or it lies beside such a name. A name that
 * another entry claims alone stands here as shared: one of the two is wrong, and a person has to say which.
 */
function specificityOf({ name, others }: Drafted, sites: ReadonlySet<string>): Specificity {
  if (others.length === 0) return sites.has(siteOf(name)) ? 'tool' : 'shared';
  const isVendors = others.some(({ specificity }) => specificity === 'vendor');
  const isClaimed = others.some(({ specificity }) => specificity === 'tool');
  return isVendors && !isClaimed ? 'vendor' : 'shared';
}

function endpointOf(one: Drafted, sites: ReadonlySet<string>, { date, source }: DraftOptions): Endpoint {
  return {
    host: one.name,
    match: 'exact',
    role: one.role,
    specificity: specificityOf(one, sites),
    protocol: 'https',
    confidence: 'low',
    note: 'role by shape and name; "tool" only when no other program asks for it',
    ...(one.users.length === 0 ? {} : { alsoUsedBy: [...one.users] }),
    sources: [source],
    whyLow: 'one recording',
    firstSeen: date,
    lastChecked: date,
  };
}

/** Short words stand in many names: "pi" in every "api". */
function bears(name: string, word: string): boolean {
  return name.split('.').some((label) => label === word || (word.length >= MIN_WORD && label.includes(word)));
}

/** The last two labels, three under such as "co.uk". */
export function siteOf(name: string): string {
  const labels = name.split('.');
  const isCountry = (labels.at(-1)?.length ?? 0) === 2 && (labels.at(-2)?.length ?? 0) <= 3;
  return labels.slice(isCountry ? -3 : -2).join('.');
}

/** Known runtimes, without browsers and tools for the hand that were beside; none when some hello is not known. */
function runtimesOf(rows: readonly UsageRow[], catalogue: Catalogue): string[] {
  const seen = runtimesSeen(rows, catalogue);
  const own = seen.filter(({ isBrowser, isHandTool }) => !isBrowser && !isHandTool);
  if (own.some(({ id }) => id === 'unknown')) return [];
  return [...new Set((own.length > 0 ? own : seen).map(({ id }) => id))].sort(compareText);
}

function runtimesSeen(rows: readonly UsageRow[], catalogue: Catalogue): RuntimeSeen[] {
  return rows.flatMap(({ fingerprint }) =>
    fingerprint === null ? [] : [catalogue.runtimeSeen(fingerprint)],
  );
}

function notesOf(
  windows: readonly UsageWindow[],
  rows: readonly UsageRow[],
  catalogue: Catalogue,
  { tool, version, source }: DraftOptions,
): string {
  const visited = new Set(rows.map(({ name }) => name));
  const asked = windows.flatMap((window) => window.asked.map(({ name }) => name));
  const onlyAsked = [...new Set(asked)].filter((name) => !visited.has(name)).sort(compareText);
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
