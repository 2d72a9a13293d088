// The names that recordings of a tool contacted, as its entry lists them: made from the manifest of the captures.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatEntry } from '../../../src/catalogue/entry-text.ts';
import type { ToolEntry } from '../../../src/catalogue/schema.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';

interface Manifest {
  readonly captures: readonly {
    readonly sni: object;
    readonly expect: { readonly tools?: readonly string[] };
  }[];
  readonly faults: readonly { readonly tool: string | null; readonly affected: readonly string[] }[];
}

const { captures, faults }: Manifest = JSON.parse(readFileSync('captures/manifest.json', 'utf8'));
const catalogue = await loadCatalogue([]);

/** Names of the tool, of providers and of its collectors: no other destination is listed. */
const isListed = (tool: ToolEntry, name: string): boolean =>
  catalogue.compiled(tool).names.find(name).length > 0 ||
  catalogue.providerOf(name) !== null ||
  tool.exchange?.telemetry?.includes(name) === true;

function recordedNames(tool: ToolEntry): ToolEntry['recordedNames'] {
  const own = captures.filter(({ expect: { tools } }) => tools?.length === 1 && tools[0] === tool.id);
  const names = new Map<string, number>();
  for (const { sni } of own)
    for (const name of Object.keys(sni))
      if (isListed(tool, name)) names.set(name, (names.get(name) ?? 0) + 1);
  const stopped = (name: string): number =>
    faults.filter(({ tool: id, affected }) => id === tool.id && affected.includes(name)).length;
  const list = [...names]
    .map(([name, recordings]) => {
      const count = stopped(name);
      return { name, recordings, ...(count === 0 ? {} : { stopped: count }) };
    })
    .sort((a, b) => b.recordings - a.recordings || (a.name < b.name ? -1 : 1));
  return list.length === 0 ? undefined : list;
}

describe('recorded names', () => {
  it.each(catalogue.tools.map((tool) => [tool.id, tool] as const))('of %s', async (id, tool) => {
    const names = recordedNames(tool);
    if (names === undefined && tool.recordedNames === undefined) return;
    const file = `src/catalogue/tools/${id}.json`;
    const written: ToolEntry = JSON.parse(readFileSync(file, 'utf8'));
    const text = formatEntry({ ...written, recordedNames: names });
    await expect(text).toMatchFileSnapshot(`../../../${file}`);
  });
});
