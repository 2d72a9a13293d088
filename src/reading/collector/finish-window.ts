// Brings the lists of hosts and rows of a closed window into the form of windows.

import type { HostClaim, HostTotals } from '../../model/usage.ts';
import type { OpenHost, WindowFinish } from '../../native/closed-window.ts';
import { compareText } from '../../net/address.ts';
import {
  destinationKey,
  keepExchanges,
  keepHelloTimes,
  notVisibleKey,
  withClaims,
  withMacs,
} from '../../window/sums.ts';

export const WINDOW_FINISH: WindowFinish = {
  host: finishHost,
  helloTimes: keepHelloTimes,
  exchanges: keepExchanges,
  notVisible: (parts) => sorted(parts, notVisibleKey),
  destinations: (parts) => sorted(parts, destinationKey),
};

const sorted = <T>(parts: readonly T[], keyOf: (part: T) => string): readonly T[] =>
  [...parts].sort((a, b) => compareText(keyOf(a), keyOf(b)));

function finishHost({ totals, frames: list, said }: OpenHost): HostTotals {
  const notVisible = sorted(totals.notVisible, notVisibleKey);
  const { mac, firstUs, lastUs, bytesDown } = totals;
  const frames = list ?? (mac === null ? [] : [{ mac, firstUs, lastUs, isAnswered: bytesDown > 0 }]);
  // A known MAC of the host adds nothing.
  const isNew = ({ name, mac }: HostClaim): boolean =>
    name !== null || (mac !== totals.mac && !frames.some((frame) => frame.mac === mac));
  const claims = said.length === 0 ? {} : withClaims([said.filter(isNew)], frames);
  return { ...totals, notVisible, ...withMacs(totals, frames), ...claims };
}
