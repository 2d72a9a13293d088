// Hosts of a window under a flood of forged ones.

import { describe, expect, it } from 'vitest';
import { MAX_HOSTS, type Rank, rankOf, SIGHTED } from '../../../src/aggregation/host-ranks.ts';
import { WindowBuilder } from '../../../src/aggregation/window-builder.ts';

const SENT = rankOf(0, false);
const ANSWERED = rankOf(100, false);
const GREETED = rankOf(100, true);

function flooded(hosts: number, rank: Rank): WindowBuilder {
  const draft = new WindowBuilder(0);
  for (let n = 0; n < hosts; n++) draft.host(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 0, rank);
  return draft;
}

describe('hosts of a window', () => {
  it('keep a share for hosts that only sent, and count who found no place', () => {
    const draft = flooded(MAX_HOSTS[SENT] + 1000, SENT);
    expect(draft.host('192.168.0.1', 0, SENT)).toBeNull();
    expect(draft.host('192.168.0.1', 0, ANSWERED)?.host).toBe('192.168.0.1');
    const { hosts, stats } = draft.finish('test', 60, 0);
    expect([hosts.length, stats.overflow?.hosts]).toEqual([MAX_HOSTS[SENT] + 1, 1001]);
  });

  it('make room for one of a higher rank, but not for more than its share', () => {
    const draft = flooded(MAX_HOSTS[ANSWERED], ANSWERED);
    expect(draft.host('192.168.0.1', 0, SENT)).toBeNull();
    expect(draft.host('192.168.0.2', 0, ANSWERED)).toBeNull();
    expect(draft.host('192.168.0.3', 0, SIGHTED)?.host).toBe('192.168.0.3');
    for (let n = MAX_HOSTS[ANSWERED] + 1; n < MAX_HOSTS[GREETED]; n++) draft.host(`fd00::${n}`, 0, GREETED);
    expect(draft.host('192.168.0.4', 0, GREETED)?.host).toBe('192.168.0.4');
    const { hosts, stats } = draft.finish('test', 60, 0);
    expect([hosts.length, stats.overflow?.hosts]).toEqual([MAX_HOSTS[GREETED], 3]);
  });

  it('keep what was added to a host before more was known of it', () => {
    const draft = new WindowBuilder(0);
    const host = draft.host('192.168.0.1', 0, SENT);
    if (host !== null) host.packets = 3;
    expect(draft.host('192.168.0.1', 5, GREETED)).toBe(host);
    expect(draft.finish('test', 60, 0).hosts.map(({ packets }) => packets)).toEqual([3]);
  });
});
