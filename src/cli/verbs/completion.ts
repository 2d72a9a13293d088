// `wiretally completion SHELL`: the script that makes the tab key complete verbs, options, tools and files.

import { Argument } from 'commander';
import { EXIT } from '../output/exit-code.ts';
import { writeOut } from '../output/stdout.ts';
import type { DefineVerb } from './define-verb.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const defineCompletion: DefineVerb = (command, done) => {
  command
    .addArgument(new Argument('<shell>', 'shell that is to read it').choices(SHELLS))
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { default: tabtab } = await import('@pnpm/tabtab');
      await writeOut(await tabtab.getCompletionScript({ name: 'wiretally', completer: 'wiretally', shell }));
      done(EXIT.done);
    });
};
