// The flow core of the native code: table, partition, batches and remembered fingerprints, with the sanitizers on.

import { expect, it } from 'vitest';
import { runNativeTest } from '../../native/build.ts';

const tests = [
  'table_test',
  'event_writer_test',
  'fingerprint_cache_test',
  'partition_test',
  'pipeline_test',
  'answers_test',
];

// The sanitizers' runtimes are preloaded, which needs the dynamic linker of Linux.
it.runIf(process.platform === 'linux').each(tests)(
  '%s passes under the sanitizers',
  async (name) => {
    const { passed, output } = await runNativeTest(name);
    expect(passed, output).toBe(true);
    expect(output).toMatch(/[1-9]\d* checks, 0 failed\n$/);
  },
  300_000,
);
