// `wiretally store compact STORE`: frees the space of replaced revisions, and attributes pending windows.

import { formatBytes } from '../../../text/quantity.ts';
import { ARGUMENT, defineCommand, example } from '../../command.ts';
import { storeArgument, withStore } from '../../input/open-store.ts';
import { catalogueOptions, commonOptions, outputOptions } from '../../input/options.ts';
import { sensorsOptions } from '../../input/policy-options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeJson, writeOut } from '../../output/stdout.ts';

const options = {
  ...outputOptions,
  ...commonOptions,
  ...sensorsOptions,
  ...catalogueOptions,
};

export const command = defineCommand({
  summary: 'Reclaim the space of replaced records; evaluate new records',
  arguments: [storeArgument],
  options,
  permissions: { writes: [ARGUMENT] },
  examples: [
    example('store compact history.duckdb', 'Merge old records into quarter hours'),
    example('store compact all.usage', 'Compact a file'),
  ],
  async run([path = ''], options) {
    return await withStore(path, options, async (store) => {
      const result = await store.compact();
      const text = `${formatBytes(result.bytesBefore)} to ${formatBytes(result.bytesAfter)}\n`;
      if (options.format === 'json') await writeJson(result);
      else await writeOut(text);
      return EXIT.done;
    });
  },
});
