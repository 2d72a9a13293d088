// Brings the lists of hosts and rows of a closed window into the form of windows.

import type { HostClaim, HostTotals, NotVisibleTraffic } from '../../model/usage.ts';
import type { OpenHost, WindowFinish } from '../../native/closed-window.ts';
import { compareText } from '../../net/address.ts';
import { keepExchanges, keepHelloTimes, notVisibleKey, withClaims, withMacs } from '../../window/sums.ts';

export const WINDOW_FINISH: WindowFinish = {
  host: finishHost,
  helloTimes: keepHelloTimes,
  exchanges: keepExchanges,
  notVisible: sortParts,
};

function sortParts(parts: readonly NotVisibleTraffic[]): readonly NotVisibleTraffic[] {
  return [...parts].sort((a, b) => compareText(notVisibleKey(a), notVisibleKey(b)));
}

function finishHost({ totals, frames: list, said }: OpenHost): HostTotals {
  const notVisible = sortParts(totals.notVisible);
  const { mac, firstUs, lastUs, bytesDown } = totals;
  const frames = list ?? (mac === null ? [] : [{ mac, firstUs, lastUs, isAnswered: bytesDown > 0 }]);
  // A known MAC of the host adds nothing.
  const isNew = ({ name, mac }: HostClaim): boolean =>
    name !== null || (mac !== totals.mac && !frames.some((frame) => frame.mac === mac));
  const claims = said.length === 0 ? {} : withClaims([said.filter(isNew)], frames);
  return { ...totals, notVisible, ...withMacs(totals, frames), ...claims };
}
