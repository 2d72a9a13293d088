// Signs of builds as one text, and back: times, kinds and spans, and none of the marks.

import type { BuildSign } from '../../model/tool.ts';

type Kept = readonly [atUs: number, kind: BuildSign['kind'], spans: BuildSign['spans']];

export function signsText(signs: readonly BuildSign[]): string {
  return JSON.stringify(signs.map(({ atUs, kind, spans }): Kept => [atUs, kind, spans]));
}

export function signsOf(text: string): BuildSign[] {
  const kept = JSON.parse(text) as readonly Kept[];
  return kept.map(([atUs, kind, spans]) => ({ atUs, kind, spans, marks: [], why: null, platforms: [] }));
}
