// A decoding thread that cannot start ends the reading with its error, and nothing waits for its packets.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'wiretally-thread-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('is named, with what to do', async () => {
  const preloaded = join(folder, 'preloaded.cjs');
  writeFileSync(
    preloaded,
    "if (!require('node:worker_threads').isMainThread) throw new Error('no thread');\n",
  );
  const words = ['-r', preloaded, 'dist/cli/main.js', 'analyze', 'captures/demo.pcap.gz', '--workers', '2'];
  const { code, err } = await new Promise<{ code: unknown; err: string }>((resolve) => {
    execFile(process.execPath, words, { timeout: 60_000, killSignal: 'SIGKILL' }, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, err: stderr }),
    );
  });
  expect(code).toBe(3);
  expect(err).toContain('a decoding thread failed');
  expect(err).toContain('--workers 1');
});
