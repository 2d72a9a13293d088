// Threads that are terminated at any point: their process continues.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';

const folder = join('build', `terminate-${process.pid}`);
const capture = join(folder, 'demo.pcap');
const program = join(folder, 'terminate.mjs');

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(capture, gunzipSync(readFileSync('captures/demo.pcap.gz')));
  writeFileSync(program, PROGRAM);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Each kind begins threads and gives what ends them. The moments are drawn from a seed, and thread time is not. */
const PROGRAM = `
  import { once } from 'node:events';
  import { readFileSync } from 'node:fs';
  import { setTimeout as pause } from 'node:timers/promises';
  import { Worker } from 'node:worker_threads';

  const [dist, capture, seed, rounds, wanted] = process.argv.slice(2);
  const { loadAddon } = await import(dist + '/native/addon.js');
  const { WorkerThreads } = await import(dist + '/reading/threads/worker-threads.js');
  const decoder = {
    windowSeconds: 900, emitHellos: true, emitFlows: true, dns: 'all', emitObservations: true, emitExchanges: true,
    watchedNames: ['.anthropic.com'],
  };
  const bytes = readFileSync(capture);

  const taken = { onBatch: (batch) => batch.release(), onProgress: () => undefined };

  // Like watch for an interface without a ring; its batches are returned, so that it never waits for one.
  function live() {
    const threads = new WorkerThreads(1, { windowSeconds: 900, buffers: 2, bufferBytes: 1 << 20 });
    const source = { backend: 'cap', name: 'any', index: 0, filter: null };
    const thread = threads.start({ source, decoder }, taken);
    for (let at = 0; at < bytes.length; at += 1 << 18) {
      thread.tell({ kind: 'bytes', bytes: new Uint8Array(bytes.subarray(at, at + (1 << 18))) });
    }
    return { begun: thread.opened, end: () => threads.close() };
  }

  // As analyze decodes one file with several threads of native code.
  function file() {
    const first = loadAddon().createDecoder({ ...decoder, workers: 3 });
    first.startThreads(Array.from({ length: 12 }, () => new Uint8Array(1 << 20)));
    first.openFile(capture, 0);
    let isEnded = false;
    void (async () => {
      while (!isEnded) {
        for (let taken = first.takeBatch(5); taken !== null; taken = first.takeBatch(0))
          if (taken.kind === 'records') first.giveBack(taken.buffer);
        await pause(1);
      }
    })();
    const end = async () => {
      isEnded = true;
      first.close();
    };
    return { begun: Promise.resolve(), end };
  }

  // Creates decoders and calls them with rejected arguments in a loop: it is terminated inside native code.
  function opener() {
    const code = \`
      import(process.env.DIST + '/native/addon.js').then(({ loadAddon }) => {
        const addon = loadAddon();
        require('node:worker_threads').parentPort.postMessage('begun');
        for (;;) {
          const decoder = addon.createDecoder({ windowSeconds: 900, flowTable: 1024, watchedNames: ['.anthropic.com'] });
          try {
            decoder.openFile('/no/such/file', 0);
          } catch {}
          decoder.liveState();
          addon.layout();
          decoder.close();
        }
      });
    \`;
    const worker = new Worker(code, { eval: true, env: { DIST: dist } });
    return { begun: once(worker, 'message'), end: () => worker.terminate() };
  }

  let state = Number(seed);
  const draw = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const kinds = wanted === 'opener' ? [opener] : [live, file];
  for (let round = 0; round < Number(rounds); round++) {
    const threads = kinds[round % kinds.length]();
    // While it begins, or while it works.
    if (draw(3) === 0) await pause(draw(wanted === 'opener' ? 40 : 80));
    else await threads.begun.then(() => pause(draw(wanted === 'opener' ? 6 : 30)));
    await threads.end();
  }
  console.log('went on after ' + rounds);
`;

it.each([
  { kind: 'decode', rounds: 60 },
  { kind: 'opener', rounds: 75 },
])('goes on when threads ($kind) are terminated at any moment', { timeout: 180_000 }, async (tried) => {
  const rounds = String(tried.rounds);
  const args = [program, resolve('dist'), resolve(capture), '7', rounds, tried.kind];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect({ stdout, stderr }).toEqual({ stdout: `went on after ${rounds}\n`, stderr: '' });
});

// The process ends when a thread is terminated while require() links a module: too rare a moment to be met by chance.
it('gives no thread a way to require() a module', async () => {
  const probe = join(folder, 'probe.cjs');
  writeFileSync(probe, PROBE);
  const args = ['--require', resolve(probe), program, resolve('dist'), resolve(capture), '7', '2', 'decode'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect([...new Set(stdout.split('\n'))].sort()).toEqual(['', 'a thread: false', 'went on after 2']);
});

const PROBE = `
  const { isMainThread } = require('node:worker_threads');
  if (!isMainThread) require('node:fs').writeSync(1, 'a thread: ' + process.features.require_module + '\\n');
`;
