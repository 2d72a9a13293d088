// Computes a digest of the files that define how records and windows cross the border. The addon contains the digest of
// its build, and the program compares it with its own, because bytes of another layout would be read as wrong figures.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const FILES = [
  'addon_fields.h',
  'addon_options.h',
  'addon_summed_rows.h',
  'base/event.h',
  'base/event_layout.h',
  'collector/image.cc',
  'collector/image.h',
  'collector/row.h',
  'collector/read_options.h',
  'logs/field_scanner.h',
  'logs/known_texts.h',
  'logs/summed_rows.h',
  'pipeline/packet_selector.h',
  'pipeline/read_options.h',
];

export function borderDigest() {
  const hash = createHash('sha256');
  for (const file of FILES) {
    const text = readFileSync(new URL(`src/${file}`, import.meta.url), 'utf8');
    hash.update(text.replace(/\/\/.*/g, '').replace(/\s+/g, ' '));
  }
  return hash.digest().readUInt32LE();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(borderDigest());
