// The reported range contains the true build for every recorded start; losses never make it wrong.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { BuildsSeen } from '../../src/model/report.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { liesWithin } from '../../src/text/version.ts';
import { judge, mapRows, recorded, recordings, seeded, windowsOf } from './judged-recordings.ts';

const FOLDER = join(fileURLToPath(new URL('../..', import.meta.url)), 'captures', 'builds');
interface Capture {
  readonly file: string;
  readonly tool: string;
  readonly version: string;
}
const captures: readonly Capture[] = JSON.parse(readFileSync(join(FOLDER, 'manifest.json'), 'utf8')).captures;

const buildsOf = (windows: readonly UsageWindow[], tool: string): BuildsSeen | undefined =>
  judge(windows).tools.find((use) => use.tool === tool)?.builds;

const spansOf = (builds: BuildsSeen | undefined) => builds?.days.flatMap(({ spans }) => spans) ?? [];

/** Three numbers, of those that have them. */
const isPlain = (version: string | null | undefined): version is string =>
  /^\d+\.\d+\.\d+$/.test(version ?? '');

describe('builds of recorded starts', () => {
  it.each(captures)('$file: the true one is in the span', async ({ file, tool, version }) => {
    const builds = buildsOf(await windowsOf(join(FOLDER, file)), tool);
    expect(builds?.days).toHaveLength(1);
    if (tool === 'openai-codex') expect(builds?.days).toMatchObject([{ state: 'cannotSay', spans: [] }]);
    else {
      expect(builds).toMatchObject({ starts: 1, placed: 1, days: [{ state: 'placed' }] });
      expect(liesWithin([[version, version]], spansOf(builds))).toBe(true);
    }
  });

  it('is never wrong where records are missing', async () => {
    const random = seeded(16);
    for (const { file, tool, version } of captures) {
      const windows = await windowsOf(join(FOLDER, file));
      for (let run = 0; run < 40; run++) {
        const holey = mapRows(windows, (row) => ({
          ...row,
          exchanges: row.exchanges.filter(() => random() > run / 50),
        }));
        const spans = spansOf(buildsOf(holey, tool));
        if (spans.length > 0) expect(liesWithin([[version, version]], spans), `${file} ${run}`).toBe(true);
      }
    }
  });

  it('is never wrong of all recordings, whatever key they were made with', async () => {
    for (const recording of recordings) {
      const { tool, version } = recording;
      if (tool === null || !isPlain(version)) continue;
      const spans = spansOf(buildsOf(await recorded(recording), tool));
      if (spans.length > 0) expect(liesWithin([[version, version]], spans), recording.name).toBe(true);
    }
  }, 120_000);
});
