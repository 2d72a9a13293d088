// `wiretally completion SHELL`: the script that makes the tab key complete verbs, options, tools and files.

import { SCRIPTS, type Shell } from '../completion/scripts.ts';
import { EXIT } from '../output/exit-code.ts';
import { writeOut } from '../output/stdout.ts';
import type { DefineVerb } from './define-verb.ts';

export const defineCompletion: DefineVerb = (command, done) => {
  command
    .addArgument(command.createArgument('<shell>', 'Shell').choices(Object.keys(SCRIPTS)))
    .action(async (shell: Shell) => {
      await writeOut(SCRIPTS[shell]);
      done(EXIT.done);
    });
};
