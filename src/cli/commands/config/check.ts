// `wiretally config check [FILE]`: lists faults of a configuration by line.

import { plural } from '../../../text/quantity.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { defineCommand, example } from '../../command.ts';
import { listDefaultPaths } from '../../config/find-config.ts';
import { configFiles, listSettingLines, loadConfig } from '../../config/load-config.ts';
import { formatProblems } from '../../config/parse-config.ts';
import { listCommands, listSettables, readEnvironment, unknownVariables } from '../../config/settings.ts';
import { configOption } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeWrapped } from '../../output/write-wrapped.ts';

export const command = defineCommand({
  summary: 'Check a configuration; print faults by line',
  arguments: [{ name: '[file]' }],
  options: configOption,
  ignoresConfig: true,
  permissions: { reads: configFiles },
  examples: [
    example('config check', 'Check the active configuration'),
    example('config check wiretally.yaml', 'Check another file'),
  ],
  async run([file], options, { buildFullProgram }) {
    const program = await buildFullProgram();
    const { config, problems, settings } = loadConfig(program, file ?? options.config);
    const settables = listCommands(program).flatMap(listSettables);
    const faults = [
      ...(config === null ? [] : formatProblems(config.file, problems)),
      ...unknownVariables(settables, process.env),
      ...readEnvironment(settables, process.env).faults.values(),
    ];
    if (faults.length > 0) {
      await writeWrapped(faults.map((line) => `error: ${visibleText(line)}`));
      return EXIT.usage;
    }
    await writeWrapped([
      config === null
        ? `no configuration file at ${listDefaultPaths(process.env).join(', nor at ')}`
        : `${visibleText(config.file)}: ${plural(listSettingLines(settings).size, 'option')}: valid`,
    ]);
    return EXIT.done;
  },
});
