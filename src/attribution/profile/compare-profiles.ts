// Compares two profiles of one tool: new, missing and grown names.

import type { ProfileName, ToolProfile } from '../../model/profile.ts';

/** A name has grown or shrunk if its bytes per activity period changed by more than this factor. */
const FACTOR = 1.5;
/** Minimum change in bytes, in addition to the factor. */
const MIN_BYTES = 2000;

export interface NameChange {
  readonly name: string;
  readonly role: string;
  readonly before: number;
  readonly after: number;
}

export interface ProfileChanges {
  readonly baseline: { readonly catalogue: string; readonly periods: number };
  readonly newNames: readonly { readonly name: string; readonly role: string; readonly bytesUp: number }[];
  readonly goneNames: readonly { readonly name: string; readonly role: string; readonly bytesUp: number }[];
  /** Names with changed payload up per activity period. */
  readonly grown: readonly NameChange[];
  readonly shrunk: readonly NameChange[];
  readonly newRuntimes: readonly string[];
  readonly goneRuntimes: readonly string[];
  /** Bytes of telemetry per activity period. */
  readonly telemetry: { readonly before: number; readonly after: number };
  readonly telemetryShare: { readonly before: number | null; readonly after: number | null };
}

export function compareProfiles(before: ToolProfile, after: ToolProfile): ProfileChanges {
  const old = new Map(before.names.map((name) => [name.name, name]));
  const now = new Map(after.names.map((name) => [name.name, name]));
  const changes = [...now.values()].flatMap((name) => {
    const was = old.get(name.name);
    return was === undefined ? [] : [buildChange(was, before.periods, name, after.periods)];
  });
  const listMissing = (names: readonly ProfileName[], others: ReadonlyMap<string, ProfileName>) =>
    names.filter(({ name }) => !others.has(name)).map(({ name, role, bytesUp }) => ({ name, role, bytesUp }));
  return {
    baseline: { catalogue: before.catalogue, periods: before.periods },
    newNames: listMissing(after.names, old),
    goneNames: listMissing(before.names, now),
    grown: changes.filter((change) => hasGrown(change.before, change.after)),
    shrunk: changes.filter((change) => hasGrown(change.after, change.before)),
    newRuntimes: after.runtimes.filter((label) => !before.runtimes.includes(label)),
    goneRuntimes: before.runtimes.filter((label) => !after.runtimes.includes(label)),
    telemetry: {
      before: perPeriod(before.telemetry.payloadUp, before.periods),
      after: perPeriod(after.telemetry.payloadUp, after.periods),
    },
    telemetryShare: { before: before.telemetry.share, after: after.telemetry.share },
  };
}

const perPeriod = (bytes: number, periods: number): number => Math.round(bytes / Math.max(1, periods));

function buildChange(was: ProfileName, wasPeriods: number, name: ProfileName, periods: number): NameChange {
  return {
    name: name.name,
    role: name.role,
    before: perPeriod(was.payloadUp, wasPeriods),
    after: perPeriod(name.payloadUp, periods),
  };
}

const hasGrown = (small: number, large: number): boolean =>
  large > small * FACTOR && large - small > MIN_BYTES;
