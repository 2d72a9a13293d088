import { describe, expect, it } from 'vitest';
import { listMerged } from '../../../../src/attribution/estimates/merged.ts';
import type { Channel, TimedExchange } from '../../../../src/attribution/traffic/channel.ts';
import type { UsageExchange } from '../../../../src/model/usage.ts';
import { exchange, row } from '../rows.ts';

const MISSING = 4;

function channelOf(exchanges: readonly UsageExchange[], lostUp: number, lostDown: number): Channel {
  const timed: TimedExchange[] = exchanges.map((one) => ({
    startUs: one.startMs * 1000,
    endUs: one.startMs * 1000,
    exchange: one,
  }));
  const slices = [{ row: row('api.anthropic.com', null, { lostUp, lostDown, exchanges }) }];
  return { exchanges: timed, slices } as unknown as Channel;
}

const merged = (channel: Channel): number[] =>
  [...listMerged([channel])].map(({ exchange: { startMs } }) => startMs);

describe('mergedExchanges', () => {
  const whole = exchange({ startMs: 1000, bytesUp: 40_000, bytesDown: 3000, waitMs: 800 });
  const damaged = (parts: Partial<UsageExchange>): UsageExchange =>
    exchange({ startMs: 2000, bytesUp: 50_000, bytesDown: 3000, waitMs: 900, flags: MISSING, ...parts });

  it('leaves out exchanges whose holes are scattered', () => {
    expect(merged(channelOf([whole, damaged({})], 20_000, 4000))).toEqual([]);
  });

  it('takes in two uploads with a pause between, where an answer may be missing', () => {
    const two = damaged({ bytesUp: 90_000, uploadMs: 1200 });
    expect(merged(channelOf([whole, two], 0, 3000))).toEqual([2000]);
    expect(merged(channelOf([whole, two], 0, 2900))).toEqual([]);
  });

  it('takes in two answers with a pause between, where an upload may be missing', () => {
    const two = damaged({ bytesDown: 6000, largestGapMs: 900 });
    expect(merged(channelOf([whole, two], 40_000, 0))).toEqual([2000]);
    expect(merged(channelOf([whole, two], 39_000, 0))).toEqual([]);
  });

  it('takes in no more than the missing bytes have room for', () => {
    const two = [2000, 3000, 4000].map((startMs) => damaged({ startMs, bytesUp: 90_000, uploadMs: 1200 }));
    expect(merged(channelOf([whole, ...two], 0, 6500))).toEqual([2000, 3000]);
  });

  it('takes in every damaged one where none can be compared with', () => {
    const unanswered = damaged({ recordsDown: 1, bytesDown: 200 });
    expect(merged(channelOf([unanswered], 2000, 0))).toEqual([2000]);
  });
});
