// Replaces the faulty parts of a policy file, so that all other parts are checked in the same run and all faults are
// reported together.

import { ACCEPTED_KINDS } from '../model/window-words.ts';

type Path = readonly (string | number)[];

/** A date before all others, so that no other date of the rule is wrong because of it. */
const EARLIEST = '1970-01-01';
const DENIED = { action: 'deny', effective: EARLIEST };

/** Placeholders for sections. */
const SECTIONS: Readonly<Record<string, unknown>> = {
  version: 1,
  name: 'unnamed',
  timezone: 'UTC',
  default: DENIED,
  services: DENIED,
  mcp: { allow: [] },
};

/** Placeholders for entries of lists, and for the fields that an entry lacks. */
const ENTRIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  rules: { id: 'unnamed', title: 'unnamed', match: {}, action: 'deny' },
  exceptions: { id: 'unnamed', rule: 'unnamed', scope: {}, until: '9999-01-01', reason: 'unnamed' },
  tests: { at: EARLIEST, host: '192.0.2.1', tool: 'unnamed', expect: 'none' },
  accept: { kind: ACCEPTED_KINDS[0], to: 'example.com' },
};

/** Sections that other sections refer to. Without them, references cannot be checked. */
const REFERRED: ReadonlySet<string | number> = new Set(['rules', 'groups', 'toolSets', 'evidence']);

/** Maximum rounds: a part without one of its fields may be faulty in turn. */
const MAX_ROUNDS = 8;

/**
 * Returns a file without faults, or null if a fault affects the whole file. The caller ignores results about the
 * replaced parts. `faultsOf`: paths of the faults of a file.
 */
export function selectSoundParts(root: unknown, faultsOf: (value: unknown) => readonly Path[]): unknown {
  const value: unknown = structuredClone(root);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const faults = faultsOf(value);
    if (faults.length === 0) return value;
    // In reverse order, because removal from a list moves the later entries.
    for (const path of faults.toReversed()) if (!isRecord(value) || !replaceAt(value, path)) return null;
  }
  return null;
}

/** Returns false if nothing can replace the part. */
function replaceAt(root: Record<string, unknown>, path: Path): boolean {
  const [section, entry] = path;
  if (section === undefined) return false;
  if (entry === undefined) {
    if (REFERRED.has(section)) return false;
    if (section in SECTIONS) root[section] = SECTIONS[section];
    else delete root[section];
    return true;
  }
  const holder = path.slice(0, -1).reduce<unknown>(stepInto, root);
  const key = path.at(-1) ?? '';
  const placeholder = ENTRIES[section];
  if (Array.isArray(holder)) {
    if (path.length === 2 && placeholder !== undefined) holder[Number(key)] = { ...placeholder };
    else holder.splice(Number(key), 1);
  } else if (!isRecord(holder)) return replaceAt(root, path.slice(0, -1));
  else if (path.length === 2 && REFERRED.has(section) && isFilled(holder[key])) holder[key] = {};
  else if (key === 'effective') {
    holder[key] = EARLIEST;
    delete holder.announced;
  } else if (Object.hasOwn(holder, key)) delete holder[key];
  else if (path.length !== 3 || placeholder === undefined || !(key in placeholder))
    return replaceAt(root, path.slice(0, -1));
  else holder[key] = key === 'action' && isConditional(holder) ? 'allow' : placeholder[key];
  return true;
}

const stepInto = (value: unknown, key: string | number): unknown =>
  Array.isArray(value) ? value[Number(key)] : isRecord(value) ? value[key] : undefined;

const isFilled = (value: unknown): boolean => !isRecord(value) || Object.keys(value).length > 0;

/** True for a rule with a condition, which only an allow rule has. */
const isConditional = (rule: Record<string, unknown>): boolean =>
  rule.via !== undefined || rule.telemetry !== undefined || rule.upload !== undefined;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
