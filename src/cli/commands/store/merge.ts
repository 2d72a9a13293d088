// `wiretally store merge FILE.usage|DIR… --write OUT.usage`: merges many sensors or files into one; duplicate windows count
// once.

import { usageError } from '../../../model/errors.ts';
import { holdsWindows } from '../../../query/inputs/source-kind.ts';
import { readUsageFiles } from '../../../query/inputs/usage-files.ts';
import { writeUsageFile } from '../../../store/usage-file.ts';
import { plural } from '../../../text/quantity.ts';
import { shellWord } from '../../../text/shell-word.ts';
import { mergeWindows } from '../../../window/merge-windows.ts';
import { defineCommand, example } from '../../command.ts';
import { option } from '../../input/declare-option.ts';
import { requireExistingStore } from '../../input/open-store.ts';
import { commonOptions, listFilledInputs, REPLACES_A_FILE } from '../../input/options.ts';
import { requireSafeOutputs } from '../../output/output-guard.ts';
import { printWarning } from '../../output/print-errors.ts';
import { printReadSummary } from '../../output/read-summary.ts';

const options = {
  write: option('--write <out.usage>', 'Output', 'Write the merged records to this file', {
    isMandatory: true,
    notInConfig: REPLACES_A_FILE,
  }),
  ...commonOptions,
};

export const command = defineCommand({
  summary: 'Merge several stores into one file',
  arguments: [{ name: '<input...>', description: 'Stores: files and folders that --write wrote' }],
  options,
  permissions: { writes: ['write'] },
  examples: [
    example('store merge office.usage --write all.usage', 'Merge files into one'),
    example('store merge office.usage all.usage --write again.usage', 'Records in both files count once'),
  ],
  async run(files, options) {
    const inputs = listFilledInputs(files, {});
    const strange = inputs.find((file) => !holdsWindows(file));
    if (strange !== undefined) {
      requireExistingStore(strange);
      throw usageError(
        `${strange}: is not a .usage file or a folder of .usage files`,
        `wiretally analyze ${shellWord(strange)} --write OUT.usage, then merge OUT.usage`,
      );
    }
    requireSafeOutputs(inputs, options);
    const read = await readUsageFiles(inputs);
    const code = printReadSummary(
      { errors: read.errors, notes: read.notes, inputsRead: read.filesRead, interrupted: false },
      options,
    );
    if (read.errors.length > 0) {
      // The merged file could not show what is missing in it.
      printWarning(
        `${options.write} was not written: without the part of the inputs that was not read, it would look complete. To merge the others, leave these inputs out`,
      );
      return code;
    }
    const merged = mergeWindows(read.windows);
    await writeUsageFile(options.write, merged);
    if (options.quiet !== true) {
      printWarning(`${options.write}: ${plural(merged.length, 'record')} out of ${read.windows.length} read`);
    }
    return code;
  },
});
