// The part of a source that lies in a span of time.

import { statsOfWindows } from '../../report/document/window-totals.ts';
import { openZone } from '../../time/zone.ts';
import { coverageOf } from '../../window/coverage.ts';
import { windowsWithin } from './since-until.ts';
import type { SourceRead } from './source.ts';

export function within(
  source: SourceRead,
  since: number | undefined,
  until: number | undefined,
  timezone: string,
): SourceRead {
  if (since === undefined && until === undefined) return source;
  const windows = windowsWithin(source.windows, since, until);
  return {
    ...source,
    windows,
    asked: { sinceSeconds: since, untilSeconds: until },
    stats: statsOfWindows(windows),
    coverage: coverageOf(windows, openZone(timezone)),
  };
}
