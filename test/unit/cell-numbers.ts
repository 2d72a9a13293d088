// Cells of connections for tests.

import type { CellNumbers } from '../../src/window/host-parts.ts';

/** Numbers of a cell of one event that took `delayUs`. */
export const numbersAt = (tsUs: number, delayUs: number, by = ''): CellNumbers => ({
  count: 1,
  proxied: 0,
  outOfWindow: 0,
  continued: 0,
  tls12: 0,
  byClient: 0,
  cutOff: 0,
  repeated: 0,
  segments: 0,
  delayMs: Math.round(delayUs / 1000),
  value: 0,
  delayMaxUs: delayUs,
  handshakeMaxUs: 0,
  ttlMax: 0,
  handshakeTtlMax: 0,
  valueMax: 0,
  fastestKbit: 0,
  delayMinUs: delayUs,
  handshakeMinUs: 0,
  ttlMin: 0,
  handshakeTtlMin: 0,
  valueMin: 0,
  firstUs: tsUs,
  lastUs: tsUs,
  by,
});
