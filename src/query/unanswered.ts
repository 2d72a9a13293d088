// Finds names that a host contacted without an answer in the capture, which is neither use nor a blocked attempt.

import { ATTEMPT_KINDS } from '../model/outcome.ts';
import type { UsageRow, UsageWindow } from '../model/usage.ts';
import { floorToQuarter, QUARTER_SECONDS } from '../time/units.ts';

type Contacts = ReadonlyMap<string, ReadonlyMap<number, readonly string[]>>;

/** A hello was captured, and no packet of the server. Rows of logs state their own results. */
const isUnanswered = ({
  fingerprint,
  payloadUp,
  payloadDown,
  answeredSlices,
  loggedSlices,
}: UsageRow): boolean =>
  fingerprint !== null && payloadUp > 0 && payloadDown + answeredSlices + loggedSlices === 0;

/**
 * Lists the names by host and start of the quarter hour. A name is left out if another connection of the host to it was
 * answered, or ended as a failed attempt, in the same quarter hour or one next to it.
 */
export function findUnanswered(
  windows: readonly Pick<UsageWindow, 'startSeconds' | 'rows' | 'outcomes'>[],
): Contacts {
  const open = windows.flatMap(({ startSeconds, rows }) =>
    rows.filter(isUnanswered).map(({ host, name }) => ({ host, name, start: floorToQuarter(startSeconds) })),
  );
  const contacts = new Map<string, Map<number, string[]>>();
  if (open.length === 0) return contacts;
  const hosts = new Set(open.map(({ host }) => host));
  const settled = new Set<string>();
  for (const { startSeconds, rows, outcomes = [] } of windows) {
    const start = floorToQuarter(startSeconds);
    const ends = [
      ...rows.filter((row) => !isUnanswered(row)),
      ...outcomes.filter(({ kind }) => ATTEMPT_KINDS.has(kind)),
    ];
    for (const { host, name } of ends) if (hosts.has(host)) settled.add(`${host} ${start} ${name}`);
  }
  for (const { host, name, start } of open) {
    const isSettled = [-QUARTER_SECONDS, 0, QUARTER_SECONDS].some((away) =>
      settled.has(`${host} ${start + away} ${name}`),
    );
    if (isSettled) continue;
    const quarters = contacts.get(host) ?? new Map<number, string[]>();
    contacts.set(host, quarters);
    const names = quarters.get(start) ?? [];
    quarters.set(start, names.includes(name) ? names : [...names, name]);
  }
  return contacts;
}
