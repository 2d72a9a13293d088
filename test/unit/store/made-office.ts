// An office of recordings: real windows, moved in time and assigned to other hosts, to fill days and weeks.

import type { UsageWindow } from '../../../src/model/usage.ts';

/** 2026-03-25T00:00:00Z, some days before the clocks of Europe change. */
export const START = 1_774_396_800;
const DAY = 86_400;
const QUARTER = 900;

/** Windows as if they had begun at a time, of another sensor, and of one host where one is named. */
export function moved(
  windows: readonly UsageWindow[],
  toSeconds: number,
  sensor: string,
  rename: (host: string) => string,
): UsageWindow[] {
  const first = Math.min(...windows.map(({ startSeconds }) => startSeconds));
  const by = toSeconds - Math.floor(first / QUARTER) * QUARTER;
  const us = (time: number): number => (time === 0 ? 0 : time + by * 1_000_000);
  const span = <T extends { readonly firstUs: number; readonly lastUs: number }>(of: T): T => ({
    ...of,
    firstUs: us(of.firstUs),
    lastUs: us(of.lastUs),
  });
  return windows.map((window) => ({
    ...window,
    sensor,
    startSeconds: window.startSeconds + by,
    ...(window.heard === undefined ? {} : { heard: window.heard.map(us) }),
    hosts: window.hosts.map((host) => ({
      ...span(host),
      host: rename(host.host),
      notVisible: host.notVisible.map(span),
      ...(host.macs === undefined ? {} : { macs: host.macs.map(span) }),
    })),
    rows: window.rows.map((row) => ({
      ...span(row),
      host: rename(row.host),
      helloTimesUs: row.helloTimesUs.map(us),
    })),
    queriedNames: window.queriedNames.map((queried) => ({
      ...span(queried),
      host: rename(queried.host),
      // No recording has one.
      echAnswers: [
        { resolver: '10.0.0.53', firstUs: us(queried.firstUs), ttlSeconds: 200 + (Math.abs(by) % 100) },
      ],
    })),
    ...(window.hellos && {
      hellos: window.hellos.map((one) => ({
        ...{ ...one, host: rename(one.host) },
        ...(one.ech === 0
          ? {}
          : { hidden: 1, echConfigs: [{ outer: 'cloudflare-ech.com', id: Math.abs(by) % 3, hellos: 1 }] }),
      })),
    }),
    ...(window.services && {
      services: window.services.map((one) => ({ ...span(one), host: rename(one.host) })),
    }),
    ...(window.outcomes && {
      outcomes: window.outcomes.map((one) => ({ ...span(one), host: rename(one.host) })),
    }),
  }));
}

/** Seven days: each recording several times on one of eight hosts, and one host that is always active in the first three. */
export function madeOffice(recordings: readonly (readonly UsageWindow[])[]): UsageWindow[] {
  const windows: UsageWindow[] = [];
  recordings.forEach((recording, i) => {
    for (const day of [i % 7, (i * 3 + 1) % 7]) {
      const hour = 7 + ((i * 5 + day) % 12);
      const at = START + day * DAY + hour * 3600 + (i % 4) * QUARTER;
      windows.push(...moved(recording, at, `s${i}-${day}`, (host) => `${host}-${i % 8}`));
    }
  });
  const [busy] = recordings.filter((recording) => recording.some(({ rows }) => rows.length > 2));
  for (let hour = 0; busy !== undefined && hour < 3 * 24; hour += 3) {
    windows.push(...moved(busy, START + hour * 3600, `busy${hour}`, (host) => `${host}-busy`));
  }
  // Now and then the sensor saw nothing for a while, over midnight too.
  return windows.map((window, i) => {
    const fromUs = (window.startSeconds + 30) * 1_000_000;
    const gap = { fromUs, toUs: fromUs + 20 * 3_600_000_000, reason: 'interfaceDown' } as const;
    return i % 40 === 0 ? { ...window, gaps: [gap] } : window;
  });
}
