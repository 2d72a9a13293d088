// A tool that is removed from the catalogue, learned from its recording and added as a new entry, is identified again.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import { learnTool } from '../../src/attribution/learning/learn-tool.ts';
import { buildRecorded } from '../../src/attribution/learning/recorded.ts';
import { Catalogue } from '../../src/catalogue/catalogue.ts';
import { parseCatalogue } from '../../src/catalogue/parse.ts';
import { readBuiltIn } from '../../src/files/catalogue-files.ts';
import { analyze } from '../../src/reading/captures/analyze-captures.ts';
import { openZone } from '../../src/time/zone.ts';

const data = parseCatalogue(readBuiltIn());

describe('learning a tool that the catalogue does not have', () => {
  it.each([
    { runtime: 'node', tool: 'qwen-code', recording: 'qwen-code-0.24.4-prompt' },
    { runtime: 'node', tool: 'kimi-code', recording: 'kimi-code-2.1.0-prompt' },
    { runtime: 'rustls', tool: 'openai-codex', recording: 'codex-0.169.0-prompt' },
    { runtime: 'native-tls', tool: 'copilot-cli', recording: 'copilot-cli-1.0.102-tty-session' },
    { runtime: 'bun', tool: 'cline', recording: 'cline-3.0.65-clineprovider' },
    { runtime: 'bun', tool: 'factory', recording: 'droid-0.215.0-multiturn' },
  ])('names $tool again, on $runtime', async ({ runtime, tool, recording }) => {
    const file = `captures/recordings/${recording}.pcap.gz`;
    const without = new Catalogue({ ...data, tools: data.tools.filter(({ id }) => id !== tool) });
    const all = await analyze([file], {
      lookup: {
        isListed: () => true,
        runtimeOf: () => null,
        findNetworkOwner: () => null,
      },
      watchlist: { ...without.watchlist(), names: ['*'], listed: ['*'], networks: [] },
    });
    const options = {
      tool,
      version: '1.0',
      date: '2026-11-20',
      source: recording,
      platform: 'linux-x64',
    };
    const { entry } = learnTool([buildRecorded(recording, all.windows, without)], [], without, options);
    expect(entry.runtimes).toEqual([runtime]);
    const learnt = without.with(entry);
    const { windows } = await analyze([file], { lookup: learnt, watchlist: learnt.watchlist() });
    const hosts = attribute(windows, learnt, { zone: openZone('UTC') });
    const named = hosts.flatMap(({ tools }) => tools.filter(({ use }) => use.tool === tool));
    expect(named.map(({ use }) => use.confidence)).toEqual([expect.stringMatching(/^(likely|certain)$/)]);
  });
});
