// The protocol parsers of the native core: their C++ tests, with the sanitizers on.

import { expect, it } from 'vitest';
import { runNativeTest } from '../../native/build.ts';

const tests = [
  'client_hello_test',
  'fingerprint_test',
  'tls_test',
  'quic_keys_test',
  'quic_handshake_test',
  'dtls_test',
  'dns_test',
  'naming_test',
];

// The sanitizers' runtimes are preloaded, which needs the dynamic linker of Linux.
it.runIf(process.platform === 'linux').each(tests)(
  '%s passes under the sanitizers',
  async (name) => {
    const { passed, output } = await runNativeTest(name);
    expect(passed, output).toBe(true);
    expect(output).toMatch(/^[1-9]\d* checks, 0 failed\n$/);
  },
  120_000,
);
