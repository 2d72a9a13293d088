// What the payload of flows teaches: the C++ tests of the tracker, with the sanitizers on.

import { expect, it } from 'vitest';
import { runNativeTest } from '../../native/build.ts';

// The sanitizers' runtimes are preloaded, which needs the dynamic linker of Linux.
const TESTS = ['interest_test', 'tracker_test', 'turn_test', 'proxy_test', 'exchange_test', 'order_test'];

it.runIf(process.platform === 'linux').each(TESTS)(
  '%s passes under the sanitizers',
  async (name) => {
    const { passed, output } = await runNativeTest(name);
    expect(passed, output).toBe(true);
    expect(output).toMatch(/^[1-9]\d* checks, 0 failed\n$/);
  },
  240_000,
);
