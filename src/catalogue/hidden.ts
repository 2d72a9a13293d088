// Requests that may hide where exchanges could not be cut: behind holes, and in flows whose beginning was not seen.

import type { UsageExchange } from '../model/usage.ts';
import type { Channel, Slice } from './channels.ts';
import { type Classified, FLAG, lossOf, type RoleOf } from './exchanges.ts';

/** A hole smaller than this holds no record that matters: acknowledgements of settings, alerts, a client's Finished. */
const LEAST_HOLE = 60;
/** A flow whose records nobody can find may hold one request for so many bytes: small ones of the recordings. */
const UNCUT_BYTES = 5000;

const NO_EXCHANGE: UsageExchange = {
  startMs: 0,
  bytesUp: 0,
  bytesDown: 0,
  recordsUp: 0,
  recordsDown: 0,
  largestUp: 0,
  largestDown: 0,
  firstDown: 0,
  waitMs: 0,
  answerMs: 0,
  largestGapMs: 0,
  uploadMs: 0,
  messagesUp: 0,
  flags: 0,
  flow: 0,
};

/** What no exchange of the channels shows, each with the requests that it may hold at most. */
export function hiddenRequests(channels: readonly Channel[], roleOf: RoleOf): Classified[] {
  const model = channels.filter((channel) => roleOf(channel) === 'inference');
  return [
    ...model.flatMap((channel) =>
      channel.slices.flatMap((slice) => {
        const max = mostHidden(channel, slice);
        return max === 0 ? [] : [hidden(channel, slice, max)];
      }),
    ),
    ...lostFlows(model),
  ];
}

/** A flow whose hello is missing goes unnamed, with all that it holds: as many as the loss makes likely. */
function lostFlows(channels: readonly Channel[]): Classified[] {
  const loss = lossOf(channels);
  const [channel] = channels;
  const slice = channel?.slices[0];
  if (loss === 0 || channel === undefined || slice === undefined) return [];
  const flows = channels.reduce((sum, one) => sum + one.flows, 0);
  return [hidden(channel, slice, Math.ceil(flows * loss))];
}

function mostHidden(channel: Channel, { row }: Slice): number {
  const isUncut = channel.form === null && channel.exchanges.length === 0;
  if (isUncut) return Math.ceil(row.payloadUp / UNCUT_BYTES);
  if (row.lostUp < LEAST_HOLE) return 0;
  const isDamaged = row.exchanges.some(({ flags }) => (flags & FLAG.bytesMissing) !== 0);
  return isDamaged ? 0 : 1;
}

function hidden(channel: Channel, { row }: Slice, max: number): Classified {
  return {
    channel,
    at: { startUs: row.firstUs, endUs: row.firstUs, exchange: NO_EXCHANGE },
    class: 'hidden',
    requests: { min: 0, max },
    bodyUp: 0,
    byName: false,
  };
}
