import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';
import { CountsReporter } from './test/counts-reporter.ts';
import { SliceSequencer } from './test/long-slices.ts';
import { clientScripts } from './tools/client-scripts.mjs';
import { languageMessages } from './tools/messages.mjs';

/** What is published: installs the package, from the registry, and builds the documentation: `npm run test:package`. */
const PACKAGE = 'test/package/**';
/**
 * Tests that start other programs (the command line, browsers, networks), or that take more than some 12 seconds of a
 * core: `npm run test:long`. The other tests end within two minutes on two cores.
 */
const LONG = 'test/**/*.long.test.ts';
/** The program on several versions of Node: `npm run test:nodes`. */
const NODES = 'test/node-versions/**/*.test.ts';
/** Built and run twice: quickly, and under the sanitizers: `npm run test:sanitizers`. */
const NATIVE = 'test/native/*.test.ts';

const CONFINEMENTS = fileURLToPath(new URL('test/confinements.ts', import.meta.url));

/** Commands that run in the process of a test do not confine it. */
const withoutConfinement = (): Plugin => ({
  name: 'without-confinement',
  enforce: 'pre',
  async resolveId(source, importer) {
    if (!source.endsWith('/confine.ts') || importer === CONFINEMENTS) return null;
    const resolved = await this.resolve(source, importer, { skipSelf: true });
    return resolved?.id.endsWith('/src/cli/rights/confine.ts') ? CONFINEMENTS : resolved;
  },
});

export default defineConfig({
  plugins: [clientScripts(), languageMessages(), withoutConfinement()],
  test: {
    reporters: ['default', new CountsReporter()],
    // A golden file that is missing is a failure; `-u` alone writes.
    update: 'none',
    // What a test prints at its end would wait for an answer of a process that does not listen any more: an error of no test.
    disableConsoleIntercept: true,
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    sequence: { sequencer: SliceSequencer },
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: [PACKAGE, LONG, NODES],
          unstubEnvs: true,
          // The modules of `src` are loaded once for each worker: a quarter of the time of these tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'long',
          include: [LONG],
          // A core that is shared by several programs gives a fifth of its speed.
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'sanitizers',
          include: [NATIVE],
          env: { WIRETALLY_NATIVE_SET: 'native' },
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      { extends: true, test: { name: 'package', include: [PACKAGE] } },
      {
        extends: true,
        // One program for each core.
        test: { name: 'nodes', include: [NODES], maxConcurrency: 2, testTimeout: 240_000 },
      },
      // The pictures of the documentation: npm run docs:shots.
      { extends: true, test: { name: 'shots', include: ['test/shots/*.shots.ts'] } },
    ],
  },
});
