// Copies what the compiler leaves behind into dist: the catalogue's tools, the protobuf schema, and asset folders; writes the manual
// and the summaries of the commands, which bundle.mjs takes.

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeClientScripts } from './client-scripts.mjs';
import { writeMessages } from './messages.mjs';

const source = fileURLToPath(new URL('../src', import.meta.url));
const target = fileURLToPath(new URL('../dist', import.meta.url));
const ASSET = /\.(json|proto|css|svg|html|yaml|csv)$/;

// A tool is a file that is there: one that went must not stay behind.
rmSync(join(target, 'catalogue/tools'), { recursive: true, force: true });
for (const file of readdirSync(source, { recursive: true })) {
  const isAsset = ASSET.test(file) || /(^|[\\/])assets[\\/].*\.\w+$/.test(file);
  // The page is made of its files by build-page.mjs, messages are compiled.
  if (
    !isAsset ||
    /^browser[\\/]|^report[\\/]messages[\\/]|^model[\\/]messages[\\/]/.test(file) ||
    !existsSync(join(source, file))
  )
    continue;
  mkdirSync(dirname(join(target, file)), { recursive: true });
  cpSync(join(source, file), join(target, file));
}

for (const folder of ['report/client', 'web/client']) mkdirSync(join(target, folder), { recursive: true });
await writeClientScripts(source, target);
await writeMessages(source, target);

// One file instead of two hundred for every start of the program.
const { COMPILED, formatCompiled } = await import(
  new URL('../dist/files/catalogue-files.js', import.meta.url)
);
writeFileSync(new URL(`../dist/catalogue/${COMPILED}`, import.meta.url), formatCompiled());

const { buildManualPages } = await import(new URL('../dist/cli/manual.js', import.meta.url));
mkdirSync(join(target, 'man'), { recursive: true });
for (const [name, text] of await buildManualPages()) writeFileSync(join(target, 'man', name), text);

const { readSummaries } = await import(new URL('../dist/cli/command-summaries.js', import.meta.url));
writeFileSync(join(target, 'cli/command-summaries.json'), JSON.stringify(await readSummaries()));
