// Flags of V8 for a command that runs for a second.

import { setFlagsFromString } from 'node:v8';

/** Of Node 24. A later one may not know the flags, and would say so to the user. */
const NEWEST_KNOWN_V8 = 13;

/**
 * Set after the first script is loaded and before the second one (tools/start-script.cjs): V8 refuses compiled code
 * that was kept under other flags, which Node's own modules have too.
 */
export function setCompilerFlags(words: readonly string[]): void {
  if (Number.parseInt(process.versions.v8, 10) > NEWEST_KNOWN_V8) return;
  // Bytecode, in bytes, that a function runs through before it is optimized; about nine times the default. Most code here
  // runs for a second or less: compiling it costs more CPU than it saves. What runs long is still compiled. Measured
  // (bench/README.md): a fifth of the CPU of a capture of two million packets.
  setFlagsFromString('--interrupt-budget=1200000');
  // Growth of the heap, in percent, before it is collected again. By itself V8 lets it more than double: of a report on ten
  // thousand hosts in a store, most of the heap was unused objects. Measured: bench/advisories-results.md.
  const readsStore = words.some((word) => /\.duckdb$|^clickhouse:/.test(word));
  if (readsStore) setFlagsFromString('--heap-growing-percent=25');
}
