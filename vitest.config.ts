import { defineConfig } from 'vitest/config';
import { CountsReporter } from './test/counts-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Installs the package, from the registry: `npm run test:package`.
    exclude: process.env.npm_lifecycle_event === 'test:package' ? [] : ['test/package/**'],
    reporters: ['default', new CountsReporter()],
    // A golden file that is missing is a failure; `-u` alone writes.
    update: 'none',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
