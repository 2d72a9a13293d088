// Loaded into a run of the command line for scaling.ts: at its end reports the CPU time of the process inside
// the native core, which several workers share, and elsewhere, which they do not.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { NativeAddon } from '../src/native/addon.ts';

const load = createRequire(resolve('package.json'))('node-gyp-build') as (folder: string) => NativeAddon;
const addon = load(resolve('native-bindings')) as { -readonly [K in keyof NativeAddon]: NativeAddon[K] };
const { createDecoder } = addon;
let inside = 0;

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

addon.createDecoder = (options) => {
  const decoder = createDecoder(options);
  const poll = decoder.poll.bind(decoder);
  return Object.defineProperty(decoder, 'poll', {
    value: (batch: Uint8Array, maxMs: number): number => {
      const before = cpuMicroseconds();
      const length = poll(batch, maxMs);
      inside += cpuMicroseconds() - before;
      return length;
    },
  });
};
process.on('exit', () => {
  process.stderr.write(`\n{"insideSeconds":${inside / 1e6},"cpuSeconds":${cpuMicroseconds() / 1e6}}\n`);
});
