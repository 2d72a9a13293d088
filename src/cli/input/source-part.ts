// The part of a source that lies in a span of time.

import { statsOfWindows } from '../../report/document/window-totals.ts';
import { openZone } from '../../time/zone.ts';
import { coverageOf } from '../../window/coverage.ts';
import { windowsOfFleet } from './fleet.ts';
import { windowsWithin } from './since-until.ts';
import type { SourceRead } from './source.ts';

export function within(
  source: SourceRead,
  since: number | undefined,
  until: number | undefined,
  timezone: string,
): SourceRead {
  if (since === undefined && until === undefined) return source;
  const part = windowsWithin(source.windows, since, until);
  const asked = { sinceSeconds: since, untilSeconds: until };
  const told = source.fleet === undefined ? { windows: part } : windowsOfFleet(source.fleet, part, asked);
  const { windows } = told;
  return {
    ...source,
    ...told,
    asked,
    stats: statsOfWindows(windows),
    coverage: coverageOf(windows, openZone(timezone)),
  };
}
