// `wiretally completion SHELL`: prints the script that completes commands, options, tools and files at the tab key.

import { defineCommand, example } from '../command.ts';
import { SCRIPTS } from '../completion/scripts.ts';
import { EXIT } from '../output/exit-code.ts';
import { writeOut } from '../output/stdout.ts';

export const command = defineCommand({
  group: 'Setup',
  summary: 'Print a shell completion script: bash, zsh, fish',
  arguments: [{ name: '<shell>', description: 'Shell', choices: Object.keys(SCRIPTS) }],
  options: {},
  ignoresConfig: true,
  examples: [
    example('completion bash > wiretally.bash', 'For ~/.bashrc'),
    example('completion fish > wiretally.fish', 'For ~/.config/fish/completions'),
  ],
  async run([shell = '']) {
    await writeOut(SCRIPTS[shell] ?? '');
    return EXIT.done;
  },
});
