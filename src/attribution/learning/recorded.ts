// Defines a recording for making or testing a draft: its windows, and the channels of programs in them.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { RuntimeSeen } from '../../catalogue/schema.ts';
import type { UsageWindow } from '../../model/usage.ts';
import type { ActivityPeriod, Channel } from '../traffic/channel.ts';
import { listActivityPeriods } from '../traffic/channels.ts';

export interface Recorded {
  readonly name: string;
  /** Windows that contain all names. */
  readonly windows: readonly UsageWindow[];
  readonly periods: readonly ActivityPeriod[];
}

/** A channel of a program: its hello belongs to a known runtime other than a browser or an interactive tool such as curl. */
export interface ProgramChannel extends Channel {
  readonly runtime: RuntimeSeen;
}

export function buildRecorded(name: string, windows: readonly UsageWindow[], catalogue: Catalogue): Recorded {
  const periods = [...listActivityPeriods(windows, catalogue)].flatMap(([, ofHost]) => ofHost);
  return { name, windows, periods };
}

export function listProgramChannels({ periods }: Recorded): ProgramChannel[] {
  return periods.flatMap(({ channels }) => channels.filter(isReachedByOther));
}

function isReachedByOther(channel: Channel): channel is ProgramChannel {
  const { runtime, nameFrom, isAnswered } = channel;
  if (runtime === null || nameFrom === 'network' || !isAnswered) return false;
  return runtime.id !== 'unknown' && !runtime.isBrowser && !runtime.isHandTool;
}

/** Lists visited names of all runtimes. */
export function listVisitedNames(recordings: readonly Recorded[]): ReadonlySet<string> {
  return new Set(
    recordings.flatMap(({ windows }) => windows.flatMap(({ rows }) => rows.map(({ name }) => name))),
  );
}
