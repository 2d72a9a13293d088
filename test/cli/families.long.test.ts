// The family of a hello is the same whether a program resumes a session or not, and is that of one runtime alone.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RuntimeEntry } from '../../src/catalogue/schema.ts';
import { wiretally } from './run.ts';

const FOLDER = 'captures/recordings';
const { runtimes }: { readonly runtimes: readonly RuntimeEntry[] } = JSON.parse(
  readFileSync('src/catalogue/runtimes.json', 'utf8'),
);

it('families hold the first and the resumed hellos of each recorded build of Bun and Node', async () => {
  const { out } = await wiretally([
    'dump',
    'hellos',
    ...readdirSync(FOLDER).map((name) => join(FOLDER, name)),
    '-q',
  ]);
  const families = new Map<string, Set<string>>();
  for (const line of out.trim().split('\n')) {
    const { ja4, ja3_hash, family } = JSON.parse(line) as Record<'ja4' | 'ja3_hash' | 'family', string>;
    const key = `${ja4} ${ja3_hash}`;
    families.set(key, (families.get(key) ?? new Set()).add(family));
  }
  const owners = new Map<string, Set<string>>();
  let resumed = 0;
  for (const { id, builds } of runtimes) {
    for (const build of builds) {
      const seen = build.forms.map(
        ({ ja4, ja3 }) => new Set((ja3 ?? []).flatMap((one) => [...(families.get(`${ja4} ${one}`) ?? [])])),
      );
      const all = new Set(seen.flatMap((one) => [...one]));
      for (const family of all) owners.set(family, (owners.get(family) ?? new Set()).add(id));
      if (id !== 'bun' && id !== 'node') continue;
      expect(all.size, build.id).toBeLessThanOrEqual(1);
      if (seen.filter((one) => one.size > 0).length > 1) resumed++;
    }
  }
  expect(resumed).toBeGreaterThan(5);
  expect([...owners].filter(([, ids]) => ids.size > 1)).toEqual([]);
});
