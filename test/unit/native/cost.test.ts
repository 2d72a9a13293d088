// What hostile traffic costs the native core, in steps for each byte on the wire: counted, so that no clock decides.

import { expect, it } from 'vitest';
import { runNativeTest } from '../../native/build.ts';

// The sanitizers' runtimes are preloaded, which needs the dynamic linker of Linux.
it.runIf(process.platform === 'linux')(
  'no kind of hostile traffic takes more steps for a byte than honest traffic may',
  async () => {
    const { passed, output } = await runNativeTest('cost_test');
    expect(passed, output).toBe(true);
    expect(output).toMatch(/[1-9]\d* checks, 0 failed\n$/);
  },
  300_000,
);
