// When V8 is told to optimize: functions that read logs early, those of a report of a capture late.

import { syncBuiltinESMExports } from 'node:module';
import v8 from 'node:v8';
import { afterAll, expect, it, vi } from 'vitest';
import { optimizeAfter } from '../../../src/cli/optimizing.ts';

const setFlagsFromString = vi.spyOn(v8, 'setFlagsFromString').mockReturnValue(undefined);
syncBuiltinESMExports();
afterAll(() => {
  setFlagsFromString.mockRestore();
  syncBuiltinESMExports();
});

it.runIf(process.versions.v8.startsWith('11.3.'))(
  'optimizes early for many bytes of logs alone, once',
  () => {
    const GIGABYTE = 1 << 30;
    optimizeAfter({ bytesRead: GIGABYTE, isLog: false });
    optimizeAfter({ bytesRead: 1, isLog: true });
    expect(setFlagsFromString).not.toHaveBeenCalled();
    for (const bytesRead of [GIGABYTE, 2 * GIGABYTE]) optimizeAfter({ bytesRead, isLog: true });
    expect(setFlagsFromString.mock.calls).toEqual([['--interrupt-budget=135168']]);
  },
);
