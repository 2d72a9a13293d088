// The profile of a tool that no catalogue has: all that the hosts of a capture talked to, under its id.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { draftEntry } from '../../catalogue/draft.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { activityPeriodsOf } from '../traffic/channels.ts';
import { profileOfPeriods, type ToolProfile } from './profile.ts';
import { exchangesOf, type ToolPeriod } from './tool-traffic.ts';

/** So many hosts are named. */
const FEW = 3;

/** Null without a name. Windows should hold one tool's recording, read with all names kept. */
export function strangerProfile(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  id: string,
): ToolProfile | null {
  const source = 'a capture';
  const entry = draftEntry(windows, catalogue, { tool: id, version: 'not known', date: '', source });
  const known = catalogue.with(entry);
  const periods: ToolPeriod[] = [...activityPeriodsOf(windows, known)].flatMap(([host, list]) =>
    list.map(({ channels }) => ({
      host,
      grade: 'possible',
      channels,
      exchanges: exchangesOf(entry, channels, known),
    })),
  );
  const hosts = [...new Set(periods.map(({ host }) => host))];
  const listed = `${hosts.slice(0, FEW).join(', ')}${hosts.length > FEW ? ` and ${hosts.length - FEW} more` : ''}`;
  const profile = profileOfPeriods(
    periods.filter(({ channels }) => channels.length > 0),
    { ...entry, name: `${id} (not in the catalogue: every name of ${listed})` },
    known,
  );
  return profile === null ? null : { ...profile, confidence: null };
}
