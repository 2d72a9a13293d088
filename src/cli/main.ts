#!/usr/bin/env node
// Entry point of the command line: sets up the process, runs a command, and ends with its exit code.

import { runAndEnd } from './command-line.ts';

/** Files are accessible to the owner and the group only, stores and bundles included. */
process.umask(process.umask() | 0o027);

void runAndEnd(process.argv.slice(2));
