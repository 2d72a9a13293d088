// `wiretally dump hellos FILE…`: one NDJSON line per complete ClientHello; nothing is kept.

import { readHelloLines } from '../../reading/captures/analyze-captures.ts';
import {
  addReadingOptions,
  type CommonOptions,
  commonOptions,
  inputFiles,
  type ReadingOptions,
} from '../input/options.ts';
import { addOptions } from '../options/declare.ts';
import type { DefineVerb } from './define-verb.ts';
import { readLines } from './read-lines.ts';

export const defineHellos: DefineVerb = (command, done) => {
  addReadingOptions(command);
  addOptions(command, commonOptions);
  command.action(async (files: string[], options: ReadingOptions & CommonOptions) => {
    const inputs = inputFiles(files, options);
    done(await readLines(inputs, options, (reading, print) => readHelloLines(inputs, reading, print)));
  });
};
