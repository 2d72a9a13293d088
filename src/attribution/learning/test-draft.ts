// Tests of a draft: how sure a reader is with it that the tool ran, in its own recordings and in those of other programs.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import type { Confidence } from '../../model/confidence.ts';
import type { ToolUse } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';
import { openZone } from '../../time/zone.ts';
import { attribute } from '../attribute.ts';
import { GRADES } from '../evidence/item.ts';
import type { Recorded } from './recorded.ts';

/** A recording, and how sure the draft makes it that the tool ran there; null: the tool is not seen. */
export interface Tested {
  readonly recording: Recorded;
  readonly confidence: Confidence | null;
}

export function testDraft(entry: ToolEntry, recordings: readonly Recorded[], catalogue: Catalogue): Tested[] {
  return recordings.map((recording) => ({
    recording,
    confidence: useIn(recording, entry, catalogue)?.confidence ?? null,
  }));
}

/** Other tools that the catalogue names in the recordings, with how many of them; most first. */
export function namedAlready(
  recordings: readonly Recorded[],
  catalogue: Catalogue,
  tool: string,
): (readonly [ToolEntry, number])[] {
  const counts = new Map<ToolEntry, number>();
  for (const { windows } of recordings) {
    const hosts = attribute(windows, catalogue, { zone: openZone('UTC') });
    const named = hosts.flatMap(({ tools }) => tools.filter(({ use }) => isNamed(use.confidence)));
    for (const id of new Set(named.map(({ use }) => use.tool))) {
      const entry = catalogue.tool(id);
      if (entry !== undefined && id !== tool) counts.set(entry, (counts.get(entry) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1] || compareText(a[0].id, b[0].id));
}

/** The strongest of all hosts. */
export function useIn(
  { windows }: Pick<Recorded, 'windows'>,
  entry: ToolEntry,
  catalogue: Catalogue,
): ToolUse | undefined {
  const hosts = attribute(windows, catalogue.with(entry), { zone: openZone('UTC') });
  const uses = hosts.flatMap(({ tools }) => tools.map(({ use }) => use));
  const mine = uses.filter(({ tool }) => tool === entry.id);
  return mine.sort((a, b) => GRADES.indexOf(b.confidence) - GRADES.indexOf(a.confidence))[0];
}

export const isNamed = (confidence: Confidence | null): boolean =>
  confidence === 'certain' || confidence === 'likely';
