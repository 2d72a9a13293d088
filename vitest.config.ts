import { defineConfig } from 'vitest/config';
import { CountsReporter } from './test/counts-reporter.ts';

/** What is published: installs the package, from the registry, and builds the documentation: `npm run test:package`. */
const PACKAGE = 'test/package/**';
/**
 * What starts other programs (the command line, browsers, networks), or takes more than some 12 seconds of a core:
 * `npm run test:long`. The rest ends within two minutes on two cores.
 */
const LONG = [
  'test/cli/*.test.ts',
  'test/composed/*.test.ts',
  'test/contract/delivery.test.ts',
  'test/contract/delivery-full-disk.test.ts',
  'test/contract/delivery-hostile.test.ts',
  'test/contract/delivery-refused.test.ts',
  'test/contract/clickhouse-fleet.test.ts',
  'test/contract/clickhouse-judge.test.ts',
  'test/contract/clickhouse-serve.test.ts',
  'test/contract/clickhouse-sql.test.ts',
  'test/contract/confined.test.ts',
  'test/contract/enforce.test.ts',
  'test/contract/flood.test.ts',
  'test/contract/signed-config.test.ts',
  'test/contract/hostile-live.test.ts',
  'test/contract/live.test.ts',
  'test/contract/live-options.test.ts',
  'test/contract/live-pages.test.ts',
  'test/contract/live-prometheus.test.ts',
  'test/contract/live-screen.test.ts',
  'test/contract/oracle.test.ts',
  'test/contract/period-source.test.ts',
  'test/contract/rights.test.ts',
  'test/contract/site-keys.test.ts',
  'test/contract/subdomain-flood.test.ts',
  'test/contract/terminate.test.ts',
  'test/contract/units.test.ts',
  'test/contract/watch-server.test.ts',
  'test/fuzz/parsers/*.test.ts',
  'test/property/attribute-unseen.test.ts',
  'test/property/attribution-cost.test.ts',
  'test/property/changed-hello.test.ts',
  'test/property/damage.test.ts',
  'test/property/forged-manners.test.ts',
  'test/property/order.test.ts',
  'test/property/parts.test.ts',
  'test/property/relearn.test.ts',
  'test/property/same-numbers/*.test.ts',
  'test/property/variants.test.ts',
  'test/property/workers.test.ts',
  'test/unit/report/html-in-browser.test.ts',
  'test/unit/sensor/totals.test.ts',
  'test/unit/store/hostile-duckdb.test.ts',
  'test/unit/store/migrate.test.ts',
  'test/unit/store/store-processes.test.ts',
  'test/unit/web/pages-in-browser.test.ts',
];
/** Built and run twice: quickly, and under the sanitizers. */
const NATIVE = 'test/native/*.test.ts';

export default defineConfig({
  test: {
    reporters: ['default', new CountsReporter()],
    // A golden file that is missing is a failure; `-u` alone writes.
    update: 'none',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'tests', include: ['test/**/*.test.ts'], exclude: [PACKAGE, ...LONG] },
      },
      {
        extends: true,
        test: { name: 'long', include: [...LONG, NATIVE], env: { WIRETALLY_NATIVE_SET: 'native' } },
      },
      { extends: true, test: { name: 'package', include: [PACKAGE] } },
    ],
  },
});
