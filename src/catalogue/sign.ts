// Signing of a learned entry: it is no longer a draft, and records its reviewer.

import { DRAFT } from './draft.ts';
import type { ToolEntry } from './schema.ts';

/** `known`: the previous entry; undefined: none. `by`: reviewer of roles and specificity, `date`: of the review. */
export function signEntry(
  entry: ToolEntry,
  known: ToolEntry | undefined,
  by: string,
  date: string,
): ToolEntry {
  const signature = `checked by ${by}, ${date}`;
  const before = new Set(known?.endpoints.map(({ host }) => host));
  const endpoints = entry.endpoints.map((endpoint) =>
    before.has(endpoint.host) ? endpoint : { ...endpoint, note: signature },
  );
  if (entry.notes?.startsWith(DRAFT) !== true) return { ...entry, endpoints };
  const [first = '', ...others] = entry.notes.slice(DRAFT.length).trim().split('; ');
  const source = first.replace(/\. Check .*$/, '');
  return { ...entry, notes: [`${source}, ${signature}`, ...others].join('; '), endpoints };
}
