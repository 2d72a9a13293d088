// The published dataset: truth and checksums are those of its files.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { score } from '../../bench/scoreboard/score.ts';
import { checksumText, truthText } from '../../captures/make-dataset.ts';
import { captureTruthSchema, toolsThatRan } from '../../captures/truth.ts';
import { isProviderKind } from '../../src/catalogue/rules.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';

const RENEW = 'run "npm run dataset" and read the difference';
const text = readFileSync('captures/truth.jsonl', 'utf8');
const truths = text
  .trim()
  .split('\n')
  .map((line) => captureTruthSchema.parse(JSON.parse(line)));

describe('the dataset', () => {
  it('has the truth of its manifests', () => expect(truthText() === text, RENEW).toBe(true));

  it('has the checksums of its files', () =>
    expect(checksumText(), RENEW).toBe(readFileSync('captures/SHA256SUMS', 'utf8')));

  it('names tools of the catalogue only', async () => {
    const catalogue = await loadCatalogue();
    const ids = new Set(
      truths.flatMap(({ hosts }) => hosts.flatMap(({ uses }) => uses.map(({ tool }) => tool))),
    );
    const unknown = [...ids].filter((id) => {
      const tool = catalogue.tool(id);
      return tool === undefined || isProviderKind(tool);
    });
    expect(unknown).toEqual([]);
  });

  it('lists each capture once, with its time', () => {
    expect(new Set(truths.map(({ capture }) => capture)).size).toBe(truths.length);
    for (const { capture, since, until } of truths) expect(since < until, capture).toBe(true);
  });

  it('has as many parts as its card says', () => {
    const card = readFileSync('captures/DATASET.md', 'utf8');
    const count = (set: string): number => truths.filter((truth) => truth.set === set).length;
    const scored = score(truths, [], 'nothing');
    const { diagnosed } = z
      .object({ diagnosed: z.array(z.object({ fault: z.string() })) })
      .parse(JSON.parse(readFileSync('captures/manifest.json', 'utf8')));
    const working = diagnosed.filter(({ fault }) => fault === 'none').length;
    const faulty = count('faults') + diagnosed.length - working;
    expect(card).toContain(
      `${count('recordings')} recordings of tools and ordinary programs, ${count('builds')} starts of single builds, ${faulty} recordings of network faults (${count('faults')} of them in \`truth.jsonl\`) and ${working} of the same networks without a fault`,
    );
    expect(card).toContain(
      `${scored.uses} uses (a tool on a host on a day), of these ${scored.requests.known} sums`,
    );
  });

  it('counts a tool that can only be possible as one that ran', () => {
    expect(toolsThatRan('a', { possible: ['openclaw'], provider: 'anthropic-api' })).toEqual(['openclaw']);
    // A tool that looks alike did not run.
    expect(toolsThatRan('a', { tools: ['grok'], possible: ['grok-cli'] })).toEqual(['grok']);
    expect(toolsThatRan('a', { none: true })).toEqual([]);
  });
});
