// Golden counters: results for deliberately corrupted captures. Each line of the golden file guards a reader or a
// parser that must count the fault and continue.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CaptureRecord, Counters } from '../../src/model/flow.ts';
import { readNative } from '../contract/read-native.ts';

const CORPUS = '../shared/corpus';

interface Answer {
  readonly file: string;
  readonly category: string;
}

function corruptFiles(): string[] {
  const manifest = JSON.parse(readFileSync(join(CORPUS, 'manifest.json'), 'utf8')) as {
    files: readonly Answer[];
  };
  return manifest.files
    .filter(({ category }) => category === 'corrupt')
    .map(({ file }) => file)
    .sort();
}

function summaryOf(file: string): object {
  let counters: Counters | null = null;
  let capture: CaptureRecord | null = null;
  readNative(
    join(CORPUS, 'captures', file),
    { emitHellos: true, emitFlows: true, dns: 'all' },
    {
      onCounters: (record) => {
        counters = record;
      },
      onCapture: (record) => {
        capture = record;
      },
    },
  );
  return { capture, counters };
}

const hasCorpus = existsSync(CORPUS);
if (!hasCorpus)
  console.warn(
    'skipped: the corpus of public captures is not next to the project, so its counters were not compared',
  );

it.skipIf(!hasCorpus)('counts what is malformed, cut or damaged in corrupt captures as it did', async () => {
  const found = Object.fromEntries(corruptFiles().map((file) => [file, summaryOf(file)]));
  await expect(`${JSON.stringify(found, null, 2)}\n`).toMatchFileSnapshot('expected/corrupt.json');
});
