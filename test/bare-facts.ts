// Facts of a window of which nothing is known: tests add what they are about.

import { ROW_ZEROS } from '../src/model/counters.ts';
import type { HostTotals, UsageRow } from '../src/model/usage.ts';

export const BARE_HOST = {
  mac: null,
  macFrom: null,
  names: [],
  vlans: [],
  notVisible: [],
} as const satisfies Partial<HostTotals>;

export const BARE_ROW = {
  ...ROW_ZEROS,
  nameFrom: 'sni',
  fingerprint: null,
  proxy: null,
  userAgent: null,
  flows: 1,
  macs: [],
  helloBytesMin: 0,
  helloBytesMax: 0,
  openSeconds: 0,
  helloTimesUs: [],
  servers: [],
  serverPorts: [],
  communityIds: [],
  exchanges: [],
  cells: [],
} as const satisfies Partial<UsageRow>;
