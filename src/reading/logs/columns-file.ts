// Reads the file of --log-columns: names of a product's fields, in the order of the columns of its logs.

import { readFileSync } from 'node:fs';
import { WiretallyError } from '../../model/errors.ts';
import { unreadable } from '../captures/input-error.ts';
import { LOG_FORMATS } from './formats.ts';
import { isDefinition } from './records.ts';
import { columnName } from './split-line.ts';

/** Minimum known names to distinguish the products. */
const MIN_KNOWN_NAMES = 3;
const MAX_BYTES = 1 << 20;

/**
 * Reads a file with column names as definitions of a format. `inputFormat`: the value of --input-format. Throws INPUT_UNREADABLE.
 */
export function readLogColumns(file: string, inputFormat?: string): readonly string[] {
  const text = fileText(file);
  const lines = text.split(/\r?\n/);
  if (isDefinition({ file, lines, modifiedUs: 0 })) return lines;
  const written = lines
    .map((line) => line.replace(/^#fields:/i, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const separator = written.some((line) => /[,;|\t]/.test(line)) ? /[,;|\t]/ : /\s+/;
  // An empty name stands for a column too. A separator at the end of a line precedes the next name.
  const columns = written.flatMap((line) => line.replace(/[,;|\t]$/, '').split(separator)).map(columnName);
  const [best] = LOG_FORMATS.filter(({ id }) => inputFormat === undefined || id === inputFormat)
    .map(({ id, countKnown }) => ({ id, known: countKnown?.(columns) ?? 0 }))
    .sort((a, b) => b.known - a.known);
  if (best === undefined || best.known < MIN_KNOWN_NAMES)
    throw new WiretallyError(
      'INPUT_UNREADABLE',
      `${file}: ${best?.known ?? 0} of its ${columns.length} names are columns of ${inputFormat ?? 'a known log'}, at least ${MIN_KNOWN_NAMES} are needed`,
      {
        where: file,
        next: "write the vendor's names of the columns in their order, separated by commas, as the product's export has them (docs/logs.md)",
      },
    );
  return [`columns ${best.id} ${columns.join(',')}`];
}

function fileText(file: string): string {
  try {
    return readFileSync(file)
      .subarray(0, MAX_BYTES)
      .toString('utf8')
      .replace(/^\ufeff/, '');
  } catch (error) {
    throw unreadable(file, error);
  }
}
