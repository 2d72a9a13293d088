import type { UsageWindow } from '../src/model/usage.ts';

/** Entries that are made as they are read, as the lists that a decoded window has. */
export function inLists(window: UsageWindow): UsageWindow {
  const { hosts, hellos, account } = window;
  return {
    ...window,
    hosts: [...hosts],
    ...(hellos === undefined ? {} : { hellos: [...hellos] }),
    ...(account === undefined ? {} : { account: [...account] }),
  };
}
