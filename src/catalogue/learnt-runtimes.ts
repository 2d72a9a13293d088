// Forms of the hello that a recording shows and runtimes.json does not have, as builds of their runtimes to add.

import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import type { Catalogue } from './catalogue.ts';
import type { DraftOptions } from './draft.ts';
import type { RuntimeEntry } from './schema.ts';

type Build = RuntimeEntry['builds'][number];
type Form = Build['forms'][number];

/** All runtimes, those of known ciphers with what was learnt. Hellos of no known runtime are for a person to look into. */
export function learnedRuntimes(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  { tool, version, date, source }: DraftOptions,
): readonly RuntimeEntry[] {
  const known = new Set(
    catalogue.data.runtimes.flatMap(({ builds }) =>
      builds.flatMap(({ forms }) =>
        forms.flatMap(({ ja4, ja3 }) => (ja3 ?? ['']).map((one) => `${ja4} ${one}`)),
      ),
    ),
  );
  const fresh = new Map<string, Map<string, Form>>();
  for (const { fingerprint } of windows.flatMap(({ rows }) => rows)) {
    if (fingerprint === null) continue;
    const { ja4, ja3 } = fingerprint;
    const { id, isBrowser, isHandTool } = catalogue.runtimeSeen(fingerprint);
    if (isBrowser || isHandTool || known.has(`${ja4} ${ja3}`) || known.has(`${ja4} `)) continue;
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
