// The bucket that native code counts a delay in.

import { DELAY_BOUNDS_MS } from '../../../src/model/outcome.ts';

export function delayBucket(us: number): number {
  const at = DELAY_BOUNDS_MS.findIndex((bound) => us <= bound * 1000);
  return at < 0 ? DELAY_BOUNDS_MS.length : at;
}
