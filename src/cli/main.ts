#!/usr/bin/env node
// The entry of the command line: sets up the process, runs a command, and ends with its exit code.

import { setFlagsFromString } from 'node:v8';
import { runCommandLine } from './command-line.ts';

/** Of Node 24. A later one may not know the flag, and would say so to the user. */
const NEWEST_KNOWN_V8 = 13;

/**
 * Bytecode, in bytes, that a function runs through before it is optimized; about nine times the default.
 * Most code here runs for a second or less: compiling it costs more CPU than it saves. What runs long is still compiled.
 * Measured (bench/README.md): a fifth of the CPU of a capture of two million packets. Set after the imports, because V8
 * refuses compiled code that was kept under other flags: Node's own, and that of start-script.ts.
 */
if (Number.parseInt(process.versions.v8, 10) <= NEWEST_KNOWN_V8)
  setFlagsFromString('--interrupt-budget=1200000');

/** Files are accessible to the owner and the group only, stores and bundles included. */
process.umask(process.umask() | 0o027);

// All output has been taken when a verb ends; a standard input that stays open must not keep the process.
process.exit(await runCommandLine(process.argv.slice(2)));
