// A tool that is removed from the catalogue returns with `catalogue learn` and one signature, and is identified again
// in every recording in which it was identified on the same runtime and way of use; no recorded control is accused.
import { describe, expect, it } from 'vitest';
import { draftBuilds } from '../../src/attribution/builds/draft-builds.ts';
import { Catalogue } from '../../src/catalogue/catalogue.ts';
import { placeOfRule } from '../../src/catalogue/entry-place.ts';
import { learnedEntry } from '../../src/catalogue/learn.ts';
import { lintCatalogue } from '../../src/catalogue/lint.ts';
import { parseCatalogue } from '../../src/catalogue/parse.ts';
import { signEntry } from '../../src/catalogue/sign.ts';
import { holdAgainst } from '../../src/cli/verbs/learn/against.ts';
import { builtInTexts } from '../../src/files/catalogue-files.ts';
import { isNamed, judge, windowsOf } from './judged-recordings.ts';

const ALL = { isListed: () => true, runtimeOf: () => null, networkOf: () => null };

describe('a tool that was removed from the catalogue', () => {
  it.each([
    { tool: 'cline', version: '3.0.65', recording: 'cline-3.0.65-clineprovider' },
    { tool: 'qwen-code', version: '0.24.4', recording: 'qwen-code-0.24.4-prompt' },
    { tool: 'command-code', version: '1.64.0', recording: 'command-code-1.64.0-rt-loss1' },
    { tool: 'factory', version: '0.215.0', recording: 'droid-0.215.0-multiturn' },
  ])('comes back by learning and one signature: $tool', async ({ tool, version, recording }) => {
    const texts = builtInTexts();
    const removed = { ...texts, tools: texts.tools.filter(({ file }) => !file.endsWith(`/${tool}.json`)) };
    expect(removed.tools).toHaveLength(texts.tools.length - 1);
    const without = new Catalogue(parseCatalogue(removed));
    const file = `captures/recordings/${recording}.pcap.gz`;
    expect(judge(await windowsOf(file, without), without).tools.filter(isNamed)).toEqual([]);

    const windows = await windowsOf(file, ALL, ['*']);
    const about = { tool, version, date: '2026-11-21', source: `recording ${recording}` };
    const named = learnedEntry(windows, without, about);
    const { builds } = draftBuilds(windows, without.with(named), named, 'linux-x64', about);
    const draft = builds === undefined ? named : { ...named, builds };
    expect(lintCatalogue(without.with(draft).data, new Set([tool])).map(({ path }) => path)).toEqual([
      'notes',
    ]);
    const signed = signEntry(draft, undefined, 'A. Person', about.date);

    // As its file is read again.
    const own = [{ file: `${tool}.json`, text: JSON.stringify(signed, null, 2) }];
    const again = new Catalogue(parseCatalogue(removed, own));
    expect(lintCatalogue(again.data, new Set([tool]))).toEqual([]);
    const tools = judge(await windowsOf(file, again), again).tools;
    expect(tools.filter(isNamed).map((use) => use.tool)).toEqual([tool]);
    const held = await holdAgainst(signed, without, ['captures'], []);
    expect(held.accusations).toEqual([]);
    expect(held.own).toBeGreaterThan(0);
  });

  it('reports the recordings that its draft would accuse, and by which line', async () => {
    const catalogue = new Catalogue(parseCatalogue(builtInTexts()));
    const file = 'captures/recordings/qwen-code-0.24.4-prompt.pcap.gz';
    const about = { tool: 'twin', version: '1.0.0', date: '2026-11-21', source: 'a test' };
    const entry = learnedEntry(await windowsOf(file, ALL, ['*']), catalogue, about);
    const { accusations, own } = await holdAgainst(entry, catalogue, ['captures'], []);
    expect(own).toBe(0);
    const other = accusations.find(({ recording }) => recording.includes('qwen-code-0.8.2'));
    expect(other?.evidence.map(({ rule }) => rule)).toContain('drafted-companion');
    const text = JSON.stringify(entry, null, 2);
    const place = placeOfRule(entry, text, 'drafted-companion', '');
    expect(place.path).toBe('evidence[0].id');
    expect(text.split('\n')[place.line - 1]).toContain('"drafted-companion"');
  });
});
