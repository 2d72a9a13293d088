// `wiretally handshakes FILE…`: one NDJSON line per complete ClientHello; nothing is kept.

import { readHandshakes } from '../sensor/analyze.ts';
import { handshakeLine } from './handshake-line.ts';
import {
  addCommonOptions,
  addReadingOptions,
  type CommonOptions,
  inputFiles,
  type ReadingOptions,
} from './options.ts';
import { readLines } from './read-lines.ts';
import type { DefineVerb } from './verbs.ts';

export const defineHandshakes: DefineVerb = (command, done) => {
  addReadingOptions(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: ReadingOptions & CommonOptions) => {
    const inputs = inputFiles(files, options);
    done(
      await readLines(inputs, options, (reading, print) =>
        readHandshakes(inputs, reading, ({ file, hello }) => print(handshakeLine(file, hello))),
      ),
    );
  });
};
