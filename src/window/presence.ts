// Presence of hosts: when they were on the network. It says nothing about when a sensor was on: a laptop sleeps.

import type { UsageWindow } from '../model/usage.ts';
import { joinedSpans, type TimeSpan } from '../time/spans.ts';
import { wholeOf } from './heard.ts';

/** Windows with a host, joined. */
export const presenceOf = (windows: readonly UsageWindow[]): TimeSpan[] =>
  joinedSpans(windows.filter(({ hosts }) => hosts.length > 0).map(wholeOf));
