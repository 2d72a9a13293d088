// Estimates of captures without application data and of logs: requests and bytes are unknown, and not zero.
import { describe, expect, it } from 'vitest';
import { reasonToWithhold } from '../../../../src/attribution/estimates/shortfall.ts';
import { buildShortfall, unsizedFields } from '../../../../src/attribution/estimates/use-estimates.ts';
import type { Channel } from '../../../../src/attribution/traffic/channel.ts';
import type { UsageRow } from '../../../../src/model/usage.ts';
import { exchange, FORMS, row } from '../rows.ts';

function channelOf(parts: Partial<UsageRow>): Channel {
  const one = row('api.anthropic.com', FORMS.bun1314, { payloadUp: 50_000, ...parts });
  return {
    ...{ name: one.name, fingerprint: one.fingerprint, runtime: null, isHttp2: false, flows: one.flows },
    slices: [{ row: one, sensor: 'tap', windowSeconds: 0, unknownLossyFlows: 0 }],
    exchanges: one.exchanges.map((each) => ({ startUs: 0, endUs: 0, exchange: each })),
    midFlowSums: null,
  } as unknown as Channel;
}
const reason = (...channels: Channel[]): string | null =>
  reasonToWithhold(buildShortfall(channels, channels))?.text ?? null;

describe('flows that the capture cut short', () => {
  const whole = channelOf({ exchanges: [exchange()] });

  it('withhold estimates where no exchange was read from them', () => {
    expect(reason(whole, channelOf({ cutShortFlows: 1, exchanges: [] }))).toContain(
      'truncated by the capture',
    );
    expect(buildShortfall([channelOf({ cutShortFlows: 1, exchanges: [] })], []).uncut).toBe(50_000);
  });

  it('withhold nothing where exchanges were read, or where too little was sent for a request', () => {
    expect(reason(whole, channelOf({ cutShortFlows: 1, exchanges: [exchange()] }))).toBeNull();
    expect(reason(whole, channelOf({ cutShortFlows: 1, exchanges: [], payloadUp: 900 }))).toBeNull();
    expect(reason(whole, channelOf({ exchanges: [] }))).toBeNull();
  });
});

describe('rows of a log', () => {
  const update = channelOf({ loggedSlices: 1, unsizedUp: 1, unsizedDown: 1, exchanges: [] });

  it('withhold requests and bytes of a tool that was seen at names for updates only', () => {
    const shortfall = buildShortfall([], [update]);
    expect(reasonToWithhold(shortfall)?.text).toContain('rows of a log');
    const traffic = { flows: 1, bytesUp: 0, bytesDown: 0 };
    expect(unsizedFields({ traffic, shortfall }).map(({ field }) => field)).toEqual([
      ...['bytesUp', 'payloadUp', 'bytesDown', 'payloadDown'],
    ]);
  });

  it('withhold no requests that a capture shows', () => {
    const whole = channelOf({ exchanges: [exchange()] });
    expect(reasonToWithhold(buildShortfall([whole], [whole, update]))).toBeNull();
  });
});
