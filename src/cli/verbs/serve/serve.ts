// `wiretally serve SOURCE…`: pages for a browser, and an interface for programs, over what is kept.

import { SERVER_SCHEMES } from '../../../store/on-server.ts';
import { catalogueOptions, commonOptions, namedInputs } from '../../input/options.ts';
import { addOptions } from '../../options/declare.ts';
import { EXIT } from '../../output/exit-code.ts';
import type { DefineVerb } from '../define-verb.ts';
import { addListenOptions } from './listen-options.ts';
import { type ServeOptions, serveOptions } from './serve-options.ts';

const DEFAULT_ADDRESS = '127.0.0.1:7577';

export const defineServe: DefineVerb = (command, done) => {
  command.argument(
    '<source...>',
    `Store (file, folder or ${SERVER_SCHEMES}), .usage files, or an evidence bundle`,
  );
  addOptions(command, serveOptions);
  addListenOptions(command, DEFAULT_ADDRESS);
  addOptions(command, { ...catalogueOptions, ...commonOptions });
  command.action(async (files: string[], options: ServeOptions) => {
    const { runServe } = await import('./run.ts');
    await runServe(namedInputs(files, {}), options);
    done(EXIT.done);
  });
};
