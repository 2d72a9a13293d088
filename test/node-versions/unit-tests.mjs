// Runs vitest on the other tested versions of Node, one after the other: `npm run test:nodes:unit`.
// usage: node test/node-versions/unit-tests.mjs FOLDER…

import { spawnSync } from 'node:child_process';
import { testedNodes } from './nodes.mjs';

const words = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'tests', ...process.argv.slice(2)];
for (const { name, path } of testedNodes()) {
  if (path === process.execPath) continue;
  console.log(`\n== ${name}`);
  if (spawnSync(path, words, { stdio: 'inherit' }).status !== 0) process.exitCode = 1;
}
