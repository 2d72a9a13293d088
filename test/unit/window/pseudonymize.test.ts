// Windows that leave the organization: no private address in any field, and the same faults are found in them.
import { createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildNameKnowledge, listOutcomes } from '../../../src/attribution/attempts.ts';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { openSource } from '../../../src/query/source.ts';
import { formatPseudonym } from '../../../src/text/pseudonym.ts';
import { holdsPseudonymsAlone, pseudonymizeWindows } from '../../../src/window/pseudonymize-windows.ts';

const PRIVATE = /\b(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.\d+){2,3}\b|\bf[cde][0-9a-f]{2}:/;
const nameOf = (host: string): string => formatPseudonym(createHmac('sha256', 'key').update(host).digest());
const known = buildNameKnowledge(await loadCatalogue());

const FILES = ['faults', 'services', 'recordings'].flatMap((folder) =>
  readdirSync(join('captures', folder))
    .filter((name) => /\.pcap(?:ng)?(?:\.gz|\.zst)?$/.test(name))
    .map((name) => join('captures', folder, name)),
);

const faultsIn = (windows: readonly UsageWindow[], host: string) => {
  const ofHost = windows.map((window) => ({
    ...window,
    rows: window.rows.filter((row) => row.host === host),
  }));
  const cells = listOutcomes(windows).filter((cell) => cell.host === host);
  return diagnose(cells, ofHost, known).diagnoses.map(({ fault, leg, confidence, failures }) => ({
    ...{ fault, leg, confidence, failures },
  }));
};

describe.each(FILES)('%s', (file) => {
  it('has pseudonyms for private addresses, and the same faults', async () => {
    const { windows } = await (await openSource([file])).read();
    const left = pseudonymizeWindows(windows, nameOf);
    expect(JSON.stringify(left)).not.toMatch(PRIVATE);
    // A window in which no host sent anything holds no address.
    const seen = windows.filter(({ hosts }) => [...hosts].length > 0);
    expect(seen.map(holdsPseudonymsAlone)).toEqual(seen.map(() => false));
    expect(left.map(holdsPseudonymsAlone)).toEqual(left.map(() => true));
    for (const { host } of windows.flatMap(({ hosts }) => [...hosts]))
      expect(faultsIn(left, nameOf(host))).toEqual(faultsIn(windows, host));
  });
});
