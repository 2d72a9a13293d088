// Formats an entry for its file: indented JSON, but each mark of a build on one line, so that people can read a diff.

import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import type { Catalogue } from './catalogue.ts';
import { DRAFT, type DraftOptions } from './draft-entry.ts';
import type { RuntimeEntry, ToolEntry } from './schema.ts';

/** Builds, lists and facts with these keys are written on one line. */
const SHORT = new Set(['platforms', 'runtimes', 'recorded', 'names']);

type Path = readonly (string | number)[];

export function formatEntry(entry: ToolEntry): string {
  return `${write(entry, [])}\n`;
}

function write(value: unknown, path: Path): string {
  const pad = '  '.repeat(path.length);
  if (typeof value !== 'object' || value === null || isOneLine(path)) return formatOnLine(value);
  const parts = Array.isArray(value)
    ? value.map((item, i) => write(item, [...path, i]))
    : Object.entries(value).flatMap(([key, item]) =>
        item === undefined ? [] : [`${JSON.stringify(key)}: ${write(item, [...path, key])}`],
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return `${open}${close}`;
  return `${open}\n${parts.map((part) => `${pad}  ${part}`).join(',\n')}\n${pad}${close}`;
}

function isOneLine(path: Path): boolean {
  if (path[0] !== 'builds') return false;
  return (path[3] === 'marks' && path.length > 4) || SHORT.has(String(path.at(-1)));
}

function formatOnLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatOnLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${formatOnLine(item)}`);
  return `{${parts.join(', ')}}`;
}

// Adds forms of the hello that a recording contains and runtimes.json lacks, as builds of their runtimes.

type Build = RuntimeEntry['builds'][number];
type Form = Build['forms'][number];

/**
 * Returns all runtimes, those with known ciphers including the learned forms. A person must examine hellos of unknown
 * runtimes.
 */
export function learnedRuntimes(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  { tool, version, date, source }: DraftOptions,
): readonly RuntimeEntry[] {
  const knownNames = new Set(
    catalogue.data.runtimes.flatMap(({ builds }) =>
      builds.flatMap(({ forms }) =>
        forms.flatMap(({ ja4, ja3 }) => (ja3 ?? ['']).map((fingerprint) => `${ja4} ${fingerprint}`)),
      ),
    ),
  );
  const fresh = new Map<string, Map<string, Form>>();
  for (const { fingerprint } of windows.flatMap(({ rows }) => rows)) {
    if (fingerprint === null) continue;
    const { ja4, ja3 } = fingerprint;
    const { id, isBrowser, isHandTool } = catalogue.runtimeSeen(fingerprint);
    if (isBrowser || isHandTool || knownNames.has(`${ja4} ${ja3}`) || knownNames.has(`${ja4} `)) continue;
    const forms = fresh.get(id) ?? new Map<string, Form>();
    forms.set(`${ja4} ${ja3}`, { ja4, ja3: [ja3] });
    fresh.set(id, forms);
  }
  return catalogue.data.runtimes.map((entry) => {
    const forms = [...(fresh.get(entry.id) ?? [])].sort((a, b) => compareText(a[0], b[0]));
    if (forms.length === 0) return entry;
    const build: Build = {
      id: `${entry.id}-of-${tool}-${version}`.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-'),
      label: `${entry.name} of ${tool} ${version}`,
      versions: [],
      forms: forms.map(([, form]) => form),
      source,
      date,
    };
    return { ...entry, builds: [...entry.builds, build] };
  });
}

// Signs a learned entry: it is no longer a draft, and records its reviewer.

/** `previous`: undefined for a new entry. `by`: reviewer of roles and specificity, `date`: date of the review. */
export function signEntry(
  entry: ToolEntry,
  previous: ToolEntry | undefined,
  by: string,
  date: string,
): ToolEntry {
  const signature = `checked by ${by}, ${date}`;
  const before = new Set(previous?.endpoints.map(({ host }) => host));
  const endpoints = entry.endpoints.map((endpoint) =>
    before.has(endpoint.host) ? endpoint : { ...endpoint, note: signature },
  );
  if (entry.notes?.startsWith(DRAFT) !== true) return { ...entry, endpoints };
  const [first = '', ...others] = entry.notes.slice(DRAFT.length).trim().split('; ');
  const source = first.replace(/\. Check .*$/, '');
  return { ...entry, notes: [`${source}, ${signature}`, ...others].join('; '), endpoints };
}
