// Hosts of a window under a flood of forged ones.

import { describe, expect, it } from 'vitest';
import { MAX_HOSTS, MAX_UNHEARD_HOSTS, type Rank, rankOf } from '../../../src/usage/host-ranks.ts';
import { WindowDraft } from '../../../src/usage/window-draft.ts';

const SENT = rankOf(0, false);
const ANSWERED = rankOf(100, false);
const GREETED = rankOf(100, true);

function flooded(hosts: number, rank: Rank): WindowDraft {
  const draft = new WindowDraft(0);
  for (let n = 0; n < hosts; n++) draft.host(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 0, rank);
  return draft;
}

describe('hosts of a window', () => {
  it('keep a share for hosts that only sent, and count who found no place', () => {
    const draft = flooded(MAX_UNHEARD_HOSTS + 1000, SENT);
    expect(draft.host('192.168.0.1', 0, SENT)).toBeNull();
    expect(draft.host('192.168.0.1', 0, ANSWERED)?.host).toBe('192.168.0.1');
    const { hosts, stats } = draft.finish('test', 60, 0);
    expect([hosts.length, stats.leftOut?.hosts]).toEqual([MAX_UNHEARD_HOSTS + 1, 1001]);
  });

  it('make room for a host that was answered, and more so for one that greeted as well', () => {
    const draft = flooded(MAX_HOSTS, ANSWERED);
    expect(draft.host('192.168.0.1', 0, SENT)).toBeNull();
    expect(draft.host('192.168.0.2', 0, ANSWERED)).toBeNull();
    expect(draft.host('192.168.0.3', 0, GREETED)?.host).toBe('192.168.0.3');
    const { hosts, stats } = draft.finish('test', 60, 0);
    expect([hosts.length, stats.leftOut?.hosts]).toEqual([MAX_HOSTS, 3]);
    expect(hosts.some(({ host }) => host === '192.168.0.3')).toBe(true);
  });

  it('keep what was added to a host before more was known of it', () => {
    const draft = new WindowDraft(0);
    const host = draft.host('192.168.0.1', 0, SENT);
    if (host !== null) host.packets = 3;
    expect(draft.host('192.168.0.1', 5, GREETED)).toBe(host);
    expect(draft.finish('test', 60, 0).hosts.map(({ packets }) => packets)).toEqual([3]);
  });
});
