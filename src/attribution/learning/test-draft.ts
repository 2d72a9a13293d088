// Tests a draft: computes the confidence for the tool in its own recordings and in those of other programs.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import type { Confidence } from '../../model/confidence.ts';
import type { ToolUse } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';
import { openZone } from '../../time/zone.ts';
import { attribute } from '../attribute.ts';
import { GRADES } from '../evidence/item.ts';
import type { Recorded } from './recorded.ts';

/** A recording with the confidence of the draft that the tool ran there; null if the tool is not found. */
export interface Tested {
  readonly recording: Recorded;
  readonly confidence: Confidence | null;
}

export function testDraft(entry: ToolEntry, recordings: readonly Recorded[], catalogue: Catalogue): Tested[] {
  return recordings.map((recording) => ({
    recording,
    confidence: findConfidence(recording, entry, catalogue)?.confidence ?? null,
  }));
}

/** Lists other tools that the catalogue finds in the recordings, with the number of recordings; most first. */
export function listFoundTools(
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

/** Returns the strongest confidence of all hosts. */
export function findConfidence(
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
