// The profile of a tool that no catalogue has: all that the hosts of a capture talked to, under its id.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { draftEntry } from '../../catalogue/draft.ts';
import type { UsageWindow } from '../../model/usage.ts';
import type { Classified } from '../estimates/exchanges.ts';
import { activityPeriodsOf } from '../traffic/channels.ts';
import { profileOfPeriods, type ToolProfile } from './profile.ts';
import { exchangesOf, type ToolPeriod } from './tool-traffic.ts';

/** So many hosts are named. */
const FEW = 3;

/** Null without a name. Windows should hold one tool's recording, read with all names kept. */
export function unknownToolProfile(
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
  if (profile === null) return null;
  const telemetry = telemetryRange(profile.telemetry.payloadUp, periods);
  const posted = periods.flatMap(({ exchanges }) => exchanges.filter(mayBePost));
  const shared = new Set(posted.map(({ channel }) => channel.name));
  const names = profile.names.map((one) =>
    one.role !== 'telemetry' && shared.has(one.name) ? { ...one, telemetryPayloadUp: null } : one,
  );
  return { ...profile, confidence: null, telemetry, names };
}

/**
 * What a tool posts to the name of its model cannot be told from a request: whatever has no long answer may be telemetry.
 */
function telemetryRange(sure: number, periods: readonly ToolPeriod[]): ToolProfile['telemetry'] {
  const rest = periods.flatMap(({ exchanges }) => exchanges.filter((one) => one.class !== 'telemetry'));
  const maybe = rest.filter(mayBePost).reduce((sum, { bodyUp }) => sum + bodyUp, 0);
  const sent = sure + rest.reduce((sum, { bodyUp }) => sum + bodyUp, 0);
  const share = maybe > 0 || sent === 0 ? null : sure / sent;
  return { payloadUp: sure, share, min: sure, max: sure + maybe };
}

/** Records of an answer from which on it is no acknowledgement of a post. */
const LONG_ANSWER = 8;

const mayBePost = ({ at }: Classified): boolean => at.exchange.recordsDown < LONG_ANSWER;
