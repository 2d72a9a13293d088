// Writes captures/truth.jsonl and captures/SHA256SUMS: npm run dataset
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Demo } from './demo.ts';
import { describeCaptures, type Manifests } from './truth.ts';

const FOLDER = 'captures';
/** Files of the dataset; the programs that made them are not part of it. */
const PARTS = ['recordings', 'builds', 'faults', 'services', 'logs'];
const FILES = ['demo.pcap.gz', 'demo-truth.json', 'manifest.json', 'truth.jsonl'];

const json = (path: string): unknown => JSON.parse(readFileSync(join(FOLDER, path), 'utf8'));

export function truthText(): string {
  const manifest = json('manifest.json') as Pick<Manifests, 'captures' | 'faults'>;
  const builds = json('builds/manifest.json') as { captures: Manifests['builds'] };
  const demo = json('demo-truth.json') as Demo['truth'];
  const open = (capture: string): Buffer => gunzipSync(readFileSync(join(FOLDER, capture)));
  const lines = describeCaptures({ ...manifest, builds: builds.captures, demo }, open);
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** As `sha256sum -c` reads it, from captures/. */
export function checksumText(): string {
  const inside = PARTS.flatMap((part) =>
    readdirSync(join(FOLDER, part), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(FOLDER.length + 1)),
  );
  return [...inside, ...FILES]
    .sort()
    .map(
      (path) =>
        `${createHash('sha256')
          .update(readFileSync(join(FOLDER, path)))
          .digest('hex')}  ${path}\n`,
    )
    .join('');
}

if (process.argv[1]?.endsWith('make-dataset.js') === true) {
  writeFileSync(join(FOLDER, 'truth.jsonl'), truthText());
  writeFileSync(join(FOLDER, 'SHA256SUMS'), checksumText());
}
