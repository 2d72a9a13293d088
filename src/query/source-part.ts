// Cuts a source to a span of time.

import type { UsageWindow } from '../model/usage.ts';
import { statsOfWindows } from '../report/document/window-totals.ts';
import { isWithin } from '../store/store.ts';
import { openZone } from '../time/zone.ts';
import { listCoverage } from '../window/coverage.ts';
import { filterParts } from '../window/host-parts.ts';
import { windowsOfFleet } from './fleet-facts.ts';
import type { SourceRead } from './source.ts';

export function within(
  source: SourceRead,
  since: number | undefined,
  until: number | undefined,
  timezone: string,
): SourceRead {
  if (since === undefined && until === undefined) return source;
  const period = { sinceSeconds: since, untilSeconds: until };
  const around = source.around ?? source.windows;
  const part = source.windows.filter((window) => isWithin(window, period));
  const parts =
    source.fleet === undefined
      ? { windows: part }
      : windowsOfFleet(source.fleet, part, period, { around, asked: period });
  const { windows } = parts;
  return {
    ...source,
    ...parts,
    asked: period,
    around,
    stats: statsOfWindows(windows),
    coverage: listCoverage(windows, openZone(timezone), { around, asked: period }),
  };
}

/** Cuts a source to other hosts of the same span. */
export function sourceWithout(source: SourceRead, hosts: ReadonlySet<string>): SourceRead {
  if (hosts.size === 0) return source;
  return {
    ...source,
    windows: withoutHosts(source.windows, hosts),
    firstUses: source.firstUses.filter(({ host }) => !hosts.has(host)),
  };
}

function withoutHosts(windows: readonly UsageWindow[], hosts: ReadonlySet<string>): UsageWindow[] {
  const isLeft = ({ host }: { readonly host: string }): boolean => !hosts.has(host);
  return windows.map((window) => ({
    ...filterParts(window, (host) => !hosts.has(host)),
    hosts: window.hosts.filter(isLeft),
    rows: window.rows.filter(isLeft),
    queriedNames: window.queriedNames.filter(isLeft),
  }));
}
