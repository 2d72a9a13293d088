// The sensors of a fleet are reported for the requested span, as their windows are.

import { expect, it } from 'vitest';
import { addSilentWindows } from '../../../src/query/fleet-facts.ts';
import { makeFleet } from '../../made-fleet.ts';

it('reports the hours of the requested span only', () => {
  const [site] = makeFleet({ sensors: 1, days: 2, quarters: 6, hosts: 1, seed: 1 });
  if (site === undefined) throw new Error('no sensor');
  const { sensor, windows } = site;
  const requestedSpan = { sinceSeconds: windows[6]?.startSeconds ?? 0 };
  const within = windows.filter(({ startSeconds }) => startSeconds >= requestedSpan.sinceSeconds);
  const { sensors } = addSilentWindows({ sensors: [], keepsName: new Set() }, within, requestedSpan, {
    around: windows,
    requestedSpan,
  });
  expect(sensors).toEqual([expect.objectContaining({ sensor, windows: 6, hours: 1.5 })]);
});
