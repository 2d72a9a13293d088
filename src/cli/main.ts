#!/usr/bin/env node
// The entry of the command line: sets up the process, runs a command, and ends with its exit code.

import { setFlagsFromString } from 'node:v8';
import { runAndEnd } from './command-line.ts';

/** Of Node 24. A later one may not know the flags, and would say so to the user. */
const NEWEST_KNOWN_V8 = 13;
const areFlagsKnown = Number.parseInt(process.versions.v8, 10) <= NEWEST_KNOWN_V8;

/**
 * Bytecode, in bytes, that a function runs through before it is optimized; about nine times the default.
 * Most code here runs for a second or less: compiling it costs more CPU than it saves. What runs long is still compiled.
 * Measured (bench/README.md): a fifth of the CPU of a capture of two million packets. Set after the imports, because V8
 * refuses compiled code that was kept under other flags: Node's own, and that of start-script.cjs.
 */
if (areFlagsKnown) setFlagsFromString('--interrupt-budget=1200000');

/**
 * Growth of the heap, in percent, before it is collected again. By itself V8 lets it more than double: of a report on ten
 * thousand hosts in a store, most of the heap was unused objects. Measured: bench/advisories-results.md.
 */
const readsStore = process.argv.slice(2).some((word) => /\.duckdb$|^clickhouse:/.test(word));
if (areFlagsKnown && readsStore) setFlagsFromString('--heap-growing-percent=25');

/** Files are accessible to the owner and the group only, stores and bundles included. */
process.umask(process.umask() | 0o027);

void runAndEnd(process.argv.slice(2));
