import type { UsageWindow } from '../../../src/model/usage.ts';
import { EMPTY_STATS } from '../../../src/window/sums.ts';
import { BARE_HOST } from '../../bare-facts.ts';

/** Unix seconds of minute 0. */
export const START = 1_783_900_800;

/** A window of one minute, identified by the bytes that its host received. */
export function minuteWindow(minute: number, sensor = 'a'): UsageWindow {
  const startSeconds = START + minute * 60;
  const host = {
    host: '10.0.0.5',
    ...BARE_HOST,
    flows: 1,
    packets: 2,
    bytesUp: 3,
    bytesDown: minute,
    firstUs: startSeconds * 1e6,
    lastUs: startSeconds * 1e6 + 1,
  };
  const stats = { ...EMPTY_STATS, packets: 2, bytes: 3 + minute, flows: 1 };
  return {
    sensor,
    startSeconds,
    revision: 0,
    lengthSeconds: 60,
    stats,
    hosts: [host],
    rows: [],
    queriedNames: [],
  };
}
