// `wiretally policy export POLICY --format F`: rules for other devices.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { replaceFile } from '../../../files/durable-file.ts';
import { optionError, WiretallyError } from '../../../model/errors.ts';
import { EXPORT_FORMATS } from '../../../policy/export/formats.ts';
import { exportContext, readPolicy } from '../../../query/inputs/policy-file.ts';
import { defineCommand, example } from '../../command.ts';
import { flag, option } from '../../input/declare-option.ts';
import { catalogueOptions, REPLACES_A_FILE } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { requireSafeFolder } from '../../output/output-guard.ts';
import { writeOut } from '../../output/stdout.ts';

const options = {
  ...catalogueOptions,
  format: option('--format <name>', 'Output', `Output format: ${Object.keys(EXPORT_FORMATS).join(', ')}`, {
    isMandatory: true,
    suggest: () => Promise.resolve(Object.keys(EXPORT_FORMATS)),
  }),
  alertOnly: flag('--alert-only', 'Output', 'Suricata: alert only, block nothing'),
  out: option('--out <dir>', 'Output', 'Write one file per rule to this folder', {
    isCommon: true,
    notInConfig: REPLACES_A_FILE,
  }),
};

export const command = defineCommand({
  summary: 'Write rules for other devices',
  arguments: [{ name: '<policy>' }],
  options,
  permissions: { writes: ['out'] },
  examples: [
    example('policy export ban.yaml --format suricata', 'Rules for an IDS'),
    example('policy export ban.yaml --format rpz --out rules/', 'Zones for a resolver, as files'),
  ],
  async run([file = ''], options) {
    const format = Object.hasOwn(EXPORT_FORMATS, options.format) ? EXPORT_FORMATS[options.format] : undefined;
    if (format === undefined) {
      throw new WiretallyError(
        'USAGE',
        `--format must be one of ${Object.keys(EXPORT_FORMATS).join(', ')}, not "${options.format}"`,
      );
    }
    const alertOnly = options.alertOnly === true;
    if (alertOnly && format.canOnlyAlert !== true) {
      throw optionError('--alert-only', `--alert-only is for suricata: ${options.format} has no alerts`);
    }
    if (format.needsFolder === true && options.out === undefined) {
      throw optionError(
        '--format',
        `${options.format} has several lists, which one stream would mix`,
        'add --out DIR',
      );
    }
    const catalogue = await loadCatalogue(options.catalogue);
    const files = format.write({ ...exportContext(readPolicy(file, catalogue), catalogue), alertOnly });
    if (files.length === 0)
      process.stderr.write('wiretally: the policy has no denying rule that this format can carry\n');
    if (options.out !== undefined) {
      requireSafeFolder(
        '--out',
        options.out,
        files.map(({ name }) => name),
        [file, ...options.catalogue],
      );
    }
    for (const written of files) {
      if (options.out === undefined && written.isNotes === true) process.stderr.write(written.text);
      else if (options.out === undefined) await writeOut(written.text);
      else await saveFile(options.out, written.name, written.text);
    }
    return EXIT.done;
  },
});

async function saveFile(folder: string, name: string, text: string): Promise<void> {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new WiretallyError('STORE_WRITE', `${folder}: cannot be made`, { cause });
  }
  await replaceFile(join(folder, name), Buffer.from(text));
}
