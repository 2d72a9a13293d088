// What Node preloads cannot keep threads from decoding files: they run no JavaScript.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder('thread');

it('leaves the result as it is', async () => {
  const preloaded = join(folder, 'preloaded.cjs');
  writeFileSync(
    preloaded,
    "if (!require('node:worker_threads').isMainThread) throw new Error('no thread');\n",
  );
  const words = ['dist/cli/main.js', 'analyze', 'captures/demo.pcap.gz', '--quiet', '--workers', '3'];
  const [plain, loaded] = await Promise.all(
    [words, ['-r', preloaded, ...words]].map((all) => promisify(execFile)(process.execPath, all)),
  );
  expect(loaded).toEqual(plain);
  expect(plain?.stdout).toContain('Claude Code');
});
