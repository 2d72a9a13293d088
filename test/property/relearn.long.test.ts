// A tool that is removed from the catalogue comes back by what `catalogue learn` does and one signature: it is named again in
// recordings that the draft was not made from, and no recording of another program is accused.
import { describe, expect, it } from 'vitest';
import { learnTool, testLeftOut } from '../../src/attribution/learning/learn-tool.ts';
import { buildRecorded, type Recorded } from '../../src/attribution/learning/recorded.ts';
import { isNamed, testDraft } from '../../src/attribution/learning/test-draft.ts';
import { unknownToolProfile } from '../../src/attribution/profile/unknown-tool.ts';
import { Catalogue } from '../../src/catalogue/catalogue.ts';
import { findRulePlace } from '../../src/catalogue/entry-place.ts';
import { signEntry } from '../../src/catalogue/entry-text.ts';
import { lintCatalogue } from '../../src/catalogue/lint-catalogue.ts';
import { parseCatalogue } from '../../src/catalogue/parse.ts';
import type { EvidenceRule } from '../../src/catalogue/schema.ts';
import { listAccusations } from '../../src/cli/learn/known-recordings.ts';
import { readBuiltIn } from '../../src/files/catalogue-files.ts';
import { isNamed as isUseNamed, judge, recordings, windowsOf } from './judged-recordings.ts';

const ALL = { isListed: () => true, runtimeOf: () => null, findNetworkOwner: () => null };
const texts = readBuiltIn();
const built = new Catalogue(parseCatalogue(texts));

const kept = new Map<string, Recorded>();

/** Read once, with all names. */
async function recorded(recording: { readonly file: string; readonly name: string }): Promise<Recorded> {
  const known = kept.get(recording.name);
  if (known !== undefined) return known;
  const one = buildRecorded(recording.name, await windowsOf(recording.file, ALL, ['*']), built);
  kept.set(recording.name, one);
  return one;
}

const all = (list: readonly (typeof recordings)[number][]): Promise<Recorded[]> =>
  Promise.all(list.map(recorded));

const catalogues = new Map<string, Catalogue>();

function withoutTool(tool: string): Catalogue {
  const known = catalogues.get(tool);
  if (known !== undefined) return known;
  const tools = texts.tools.filter(({ file }) => !file.endsWith(`/${tool}.json`));
  expect(tools).toHaveLength(texts.tools.length - 1);
  const catalogue = new Catalogue(parseCatalogue({ ...texts, tools }));
  catalogues.set(tool, catalogue);
  return catalogue;
}

const ownOf = (tool: string): (typeof recordings)[number][] =>
  recordings.filter(({ expect: { tools = [] } }) => tools.length === 1 && tools[0] === tool);
const othersOf = (tool: string): (typeof recordings)[number][] =>
  recordings.filter(
    ({ expect: { tools = [], possible = [] } }) => !tools.includes(tool) && !possible.includes(tool),
  );
const half = <T>(list: readonly T[], which: 0 | 1): T[] => list.filter((_, i) => i % 2 === which);
const aboutOf = (tool: string) => ({
  tool,
  version: '1.0.0',
  date: '2026-11-21',
  source: 'recordings of a test',
});

describe('a tool that was removed from the catalogue', () => {
  it.each([
    { tool: 'cline', version: '3.0.65', recording: 'cline-3.0.65-clineprovider' },
    { tool: 'qwen-code', version: '0.24.4', recording: 'qwen-code-0.24.4-prompt' },
    { tool: 'command-code', version: '1.64.0', recording: 'command-code-1.64.0-rt-loss1' },
    { tool: 'factory', version: '0.215.0', recording: 'droid-0.215.0-multiturn' },
  ])('comes back by learning and one signature: $tool', async ({ tool, version, recording }) => {
    const without = withoutTool(tool);
    const file = `captures/recordings/${recording}.pcap.gz`;
    expect(judge(await windowsOf(file, without), without).tools.filter(isUseNamed)).toEqual([]);

    const own = buildRecorded(recording, await windowsOf(file, ALL, ['*']), without);
    const others = await all(othersOf(tool));
    const about = { ...aboutOf(tool), version };
    const { entry } = learnTool([own], others, without, about);
    expect(lintCatalogue(without.with(entry).data, new Set([tool])).map(({ path }) => path)).toEqual([
      'notes',
    ]);
    const signed = signEntry(entry, undefined, 'A. Person', about.date);

    // As its file is read again.
    const removed = { ...texts, tools: texts.tools.filter((one) => !one.file.endsWith(`/${tool}.json`)) };
    const again = new Catalogue(
      parseCatalogue(removed, [{ file: `${tool}.json`, text: JSON.stringify(signed, null, 2) }]),
    );
    expect(lintCatalogue(again.data, new Set([tool]))).toEqual([]);
    const tools = judge(await windowsOf(file, again), again).tools;
    expect(tools.filter(isUseNamed).map((use) => use.tool)).toEqual([tool]);
    expect(listAccusations(signed, without, others).accusations).toEqual([]);
  });

  it.each([
    { tool: 'claude-code', named: 20 },
    { tool: 'cline', named: 4 },
    { tool: 'copilot-cli', named: 4 },
    { tool: 'gemini-cli', named: 5 },
    { tool: 'openai-codex', named: 8 },
    { tool: 'opencode', named: 3 },
    { tool: 'qwen-code', named: 3 },
  ])(
    'is named in recordings that the draft was not made from, and in no other: $tool',
    async ({ tool, named }) => {
      const without = withoutTool(tool);
      const [own, others] = [await all(ownOf(tool)), await all(othersOf(tool))];
      let count = 0;
      for (const [learn, test] of [[0, 1] as const, [1, 0] as const]) {
        // Others take part in halves as well: what a draft was cleared with is no test of it.
        const { entry } = learnTool(half(own, learn), half(others, learn), without, aboutOf(tool));
        const tested = testDraft(entry, half(own, test), without);
        count += tested.filter(({ confidence }) => isNamed(confidence)).length;
        expect(listAccusations(entry, without, half(others, test)).accusations).toEqual([]);
      }
      expect(count).toBeGreaterThanOrEqual(named);
    },
  );

  it('is accused nowhere by a draft that no other recording cleared', async () => {
    for (const tool of ['claude-code', 'kilo-code', 'opencode', 'pi-agent', 'openai-codex']) {
      const without = withoutTool(tool);
      const { entry } = learnTool(await all(ownOf(tool)), [], without, aboutOf(tool));
      expect(listAccusations(entry, without, await all(othersOf(tool))).accusations).toEqual([]);
    }
  });

  it('is tested with drafts from its other recordings', async () => {
    const without = withoutTool('cline');
    const own = await all(ownOf('cline'));
    const tested = testLeftOut(own, [], without, aboutOf('cline'));
    expect(tested.map(({ recording }) => recording)).toEqual(own);
    const named = tested.filter(({ confidence }) => isNamed(confidence));
    expect(named.length).toBeGreaterThanOrEqual(own.length - 1);
    expect(testLeftOut(own.slice(0, 1), [], without, aboutOf('cline'))).toEqual([]);
  });
});

describe('recordings of a tool that the catalogue has under another name', () => {
  const qwen = recordings.filter(({ name }) => name === 'qwen-code-0.24.4-prompt');

  it('teach no rule about names that both ask', async () => {
    const { entry } = learnTool(await all(qwen), [], built, aboutOf('twin'));
    expect(entry.evidence).toBeUndefined();
    expect(listAccusations(entry, built, await all(recordings)).accusations).toEqual([]);
  });

  it('leave out a rule that names the tool where it did not run, and say so', async () => {
    const without = withoutTool('qwen-code');
    const others = (await all(recordings)).filter(({ name }) => name !== qwen[0]?.name);
    const { entry, leftOut } = learnTool(await all(qwen), others, without, aboutOf('twin'));
    expect(leftOut.map(({ what }) => what)).toContain(
      'names seen together with gb4w8c3ygj-default-sea.rum.aliyuncs.com',
    );
    expect(leftOut.every(({ recording }) => recording?.startsWith('qwen-code-') === true)).toBe(true);
    expect(entry.evidence).toBeUndefined();
  });

  it('accuse by a rule that a person wrote, which is named with its line', async () => {
    const { entry } = learnTool(await all(qwen), [], built, aboutOf('twin'));
    const rule: EvidenceRule = {
      id: 'written',
      kind: 'companion',
      gives: 'likely',
      names: [['dashscope.aliyuncs.com'], ['gb4w8c3ygj-default-sea.rum.aliyuncs.com']],
      runtimes: ['node'],
      withinSeconds: 600,
      source: 'a test',
      date: '2026-11-21',
    };
    const twin = { ...entry, evidence: [rule] };
    const { accusations } = listAccusations(twin, built, await all(recordings));
    const other = accusations.find(({ recording }) => recording.includes('qwen-code-0.8.2'));
    expect(other?.evidence.map((item) => item.rule)).toContain('written');
    const text = JSON.stringify(twin, null, 2);
    const place = findRulePlace(twin, text, 'written', '');
    expect(place.path).toBe('evidence[0].id');
    expect(text.split('\n')[place.line - 1]).toContain('"written"');
  });
});

describe('the profile of a tool that the catalogue does not have', () => {
  it('gives a range of telemetry with the truth inside, in all recordings but one', async () => {
    const outside: string[] = [];
    const measured = recordings.filter(
      ({ tool, truth, expect: { tools = [] } }) =>
        tool !== null && tools.length === 1 && truth.telemetry_request_bytes > 0,
    );
    for (const recording of measured) {
      const without = withoutTool(recording.expect.tools?.[0] ?? '');
      const { windows } = await recorded(recording);
      const { min = 0, max = 0 } = unknownToolProfile(windows, without, 'unlisted')?.telemetry ?? {};
      const truth = recording.truth.telemetry_request_bytes;
      if (truth < min || truth > max) outside.push(`${recording.name}: ${truth} not in ${min} to ${max}`);
    }
    expect(measured.length).toBeGreaterThan(30);
    // Lost packets of a span port are counted with their TLS record headers: 0.1 per cent more.
    expect(outside.filter((one) => !one.includes('-lossy-span'))).toEqual([]);
  });
});
