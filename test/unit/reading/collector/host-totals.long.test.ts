// Flows that native code adds up count as they would one by one: the windows are the same, byte for byte.

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../../src/files/catalogue-files.ts';
import type { RecordFilter } from '../../../../src/model/flow.ts';
import { analyze } from '../../../../src/reading/captures/analyze-captures.ts';

const RECORDINGS = fileURLToPath(new URL('../../../../captures/recordings', import.meta.url));
const CORPUS = fileURLToPath(new URL('../../../../../shared/corpus/captures', import.meta.url));
if (!existsSync(CORPUS))
  console.warn('totals.long.test.ts: ../shared/corpus is absent: its captures are not tried');

function capturesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /\.pcap(ng)?(\.gz)?$/.test(file))
    .map((file) => `${folder}/${file}`);
}

const catalogue = await loadCatalogue([]);

async function windowsOf(file: string, watchlist: RecordFilter, windowSeconds: number): Promise<string> {
  const result = await analyze([file], { lookup: catalogue, watchlist, windowSeconds });
  // How a connection went is observed for flows of interest only, whatever the others are added to.
  return JSON.stringify(result.windows.map(({ outcomes: _, ...window }) => window));
}

describe('flows of no interest, added up in native code', () => {
  const watchlist = catalogue.watchlist();
  const { names, ciphers, userAgents, networks = [] } = watchlist;
  const LENGTHS = [1, 60, 900];

  // Each capture with one length; all of a kind have neighbours of the same kind.
  it.each(LENGTHS)('give the same windows of %i s', async (windowSeconds) => {
    const files = [...capturesIn(RECORDINGS), ...capturesIn(CORPUS)];
    for (const file of files.filter((_, i) => LENGTHS[i % LENGTHS.length] === windowSeconds)) {
      const added = await windowsOf(file, watchlist, windowSeconds);
      const single = await windowsOf(file, { names, ciphers, userAgents, networks }, windowSeconds);
      expect(added === single, file).toBe(true);
    }
  });
});
