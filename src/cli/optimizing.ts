// Sets how early V8 optimizes functions, only on Node 20: other versions gain nothing from the flag, or refuse it.

import { setFlagsFromString } from 'node:v8';
import type { ReadProgress } from '../model/sensor.ts';

const isNode20 = process.versions.v8.startsWith('11.3.');

/**
 * Delays optimization, because optimizing functions that run for only a second takes a fifth of the CPU time of the demo
 * (bench/start-results.md).
 */
export function optimizeLate(): void {
  if (isNode20) setFlagsFromString('--interrupt-budget=1200000');
}

/** From this number of rows on, optimized functions save more than the second that their compilation takes. */
const MANY_ROWS = 8000;

/** Optimizes earlier if there is enough work. */
export function optimizeForRows(windows: readonly { readonly rows: readonly unknown[] }[]): void {
  const rows = windows.reduce((sum, window) => sum + window.rows.length, 0);
  if (isNode20 && rows >= MANY_ROWS) setFlagsFromString('--interrupt-budget=400000');
}

const MANY_BYTES = 32 << 20;

/** Logs are scanned in JavaScript, so early optimization pays; captures are decoded in the core. */
export function optimizeAfter({ bytesRead, isLog }: Pick<ReadProgress, 'bytesRead' | 'isLog'>): void {
  if (!isNode20 || !isLog || bytesRead < MANY_BYTES || isOptimizedEarly) return;
  isOptimizedEarly = true;
  setFlagsFromString('--interrupt-budget=135168');
}

let isOptimizedEarly = false;

/**
 * Limits the growth of the heap, which otherwise becomes three times the live data: a report of 40,000 hosts took a third
 * more memory.
 */
export function growHeapSlowly(): void {
  if (isNode20) setFlagsFromString('--heap-growing-percent=40');
}
