// Writes one source for each folder under src that includes the .cc files of the folder, and prints the list for
// binding.gyp. Most of a build's time is spent on headers, which a folder then reads once. Tests, fuzz targets and
// clang-tidy compile each file alone.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const folders = new Map();
for (const entry of readdirSync(`${here}/src`, { recursive: true }).sort()) {
  const file = entry.replaceAll('\\', '/');
  if (!file.endsWith('.cc')) continue;
  const folder = dirname(file);
  folders.set(folder, [...(folders.get(folder) ?? []), file]);
}
mkdirSync(`${here}/build/folders`, { recursive: true });
for (const [folder, files] of folders) {
  const source = `build/folders/${folder === '.' ? 'addon' : folder.replaceAll('/', '-')}.cc`;
  const text = files.map((file) => `#include "../../src/${file}"\n`).join('');
  const path = `${here}/${source}`;
  // An unchanged file is not compiled again.
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
  console.log(source);
}
