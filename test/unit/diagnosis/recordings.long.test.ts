// Recordings of tools that work show no fault; recordings of faults show theirs, or one that looks alike.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listOutcomes, nameKnowledge } from '../../../src/attribution/attempts.ts';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { Diagnosis } from '../../../src/model/diagnosis.ts';
import { analyze } from '../../../src/query/library-analyze.ts';

interface FaultEntry {
  readonly file: string;
  readonly fault: string;
  readonly may_look_like: readonly string[];
  readonly affected: readonly string[];
  readonly legs: readonly string[];
}

const manifest = JSON.parse(readFileSync('captures/manifest.json', 'utf8')) as {
  readonly captures: readonly { readonly file: string }[];
  readonly faults: readonly FaultEntry[];
  /** Made by `npm run lab -- --fault`; `affected`: one of these names is enough. */
  readonly diagnosed: readonly FaultEntry[];
};
const catalogue = await loadCatalogue([]);

async function diagnosesOf(file: string): Promise<readonly Diagnosis[]> {
  const { windows } = await analyze([`captures/${file}`], { catalogue });
  return diagnose(listOutcomes(windows), windows, nameKnowledge(catalogue)).diagnoses;
}

/** Recordings that show a fault on purpose. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  // The tool does not trust the certificate of the lab.
  'recordings/claude-code-2.1.328-untrusted-ca.pcap.gz': ['api.anthropic.com interception-untrusted'],
  // The provider of the lab refuses the first requests: overloaded.
  'recordings/claude-code-2.1.329-ca-overloaded.pcap.gz': ['api.anthropic.com provider-error'],
};

describe('a recording of a working tool', () => {
  it.each(manifest.captures)('$file shows no fault', async ({ file }) => {
    const found = (await diagnosesOf(file)).filter(({ confidence }) => confidence !== 'possible');
    expect(found.map(({ name, fault }) => `${name} ${fault}`)).toEqual(SHOWN[file] ?? []);
  });
});

describe('a recording of a fault', () => {
  it.each(manifest.faults)('$file shows $fault', async ({ file, fault, may_look_like, affected, legs }) => {
    const diagnoses = await diagnosesOf(file);
    for (const name of affected) {
      const found = diagnoses.find((one) => one.name === name);
      expect([fault, ...may_look_like], name).toContain(found?.fault);
      expect(legs, name).toContain(found?.leg);
      expect(found?.fault === fault || found?.confidence !== 'certain', name).toBe(true);
    }
  });
});

describe('a recording of a fault of the lab', () => {
  it.each(manifest.diagnosed)(
    '$file shows $fault',
    async ({ file, fault, may_look_like, affected, legs }) => {
      const found = (await diagnosesOf(file)).find(({ name }) => affected.includes(name));
      expect([fault, ...may_look_like]).toContain(found?.fault);
      // What looks alike lies elsewhere at times.
      if (found?.fault === fault) expect(legs).toContain(found.leg);
      else expect(found?.confidence).not.toBe('certain');
    },
  );
});
