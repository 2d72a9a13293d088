// Outcomes of the last hour and a half by minute, in bounded memory.
import { describe, expect, it } from 'vitest';
import { MinuteOutcomes } from '../../../../src/cli/watch/view/live-source.ts';
import type { OutcomeCell, UsageWindow } from '../../../../src/model/usage.ts';
import { window } from '../../attribution/rows.ts';
import { numbersAt } from '../../cell-numbers.ts';

const cell: OutcomeCell = {
  ...{ host: '10.1.0.5', name: 'api.anthropic.com', server: '160.79.104.10', port: 443 },
  ...{ kind: 'served', detail: 0 },
  ...numbersAt(0, 0),
};
const minuteAt = (minute: number, cells = 1, more: Partial<UsageWindow> = {}): UsageWindow => ({
  ...window([]),
  ...{ startSeconds: minute * 60, lengthSeconds: 60 },
  outcomes: Array.from({ length: cells }, () => cell),
  ...more,
});
const minutesOf = (minutes: MinuteOutcomes, from: number, to = Number.POSITIVE_INFINITY): number[] | null =>
  minutes.within(from * 60, to * 60)?.map(({ startSeconds }) => startSeconds / 60) ?? null;

describe('minutes of a running sensor', () => {
  it('are all there from its start, whatever span is asked for', () => {
    const minutes = new MinuteOutcomes();
    minutes.add([minuteAt(1003), minuteAt(1004), minuteAt(1005)]);
    expect(minutesOf(minutes, 0)).toEqual([1003, 1004, 1005]);
    expect(minutesOf(minutes, 1004, 1005)).toEqual([1004]);
  });

  it('are of the last 90 minutes: a longer span has none', () => {
    const minutes = new MinuteOutcomes();
    for (let at = 0; at < 200; at++) minutes.add([minuteAt(at)]);
    expect(minutesOf(minutes, 109)).toBeNull();
    expect(minutesOf(minutes, 110)).toHaveLength(90);
    expect(minutesOf(minutes, 140, 150)).toHaveLength(10);
  });

  it('are fewer where they have many connections', () => {
    const minutes = new MinuteOutcomes();
    for (let at = 0; at < 10; at++) minutes.add([minuteAt(at, 20_000)]);
    expect(minutesOf(minutes, 7)).toBeNull();
    expect(minutesOf(minutes, 8)).toEqual([8, 9]);
  });

  it('leave windows of logs out, which are corrected later', () => {
    const minutes = new MinuteOutcomes();
    minutes.add([minuteAt(5, 1, { revision: 1 })]);
    expect(minutesOf(minutes, 0)).toEqual([]);
  });
});
