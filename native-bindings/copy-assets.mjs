// Copies what the compiler leaves behind into dist: the catalogue's tools, the protobuf schema, and asset folders.

import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src', import.meta.url));
const target = fileURLToPath(new URL('../dist', import.meta.url));
const ASSET = /\.(json|proto|css|svg|html|yaml|csv)$/;

for (const file of readdirSync(source, { recursive: true })) {
  const isAsset = ASSET.test(file) || /(^|[\\/])assets[\\/].*\.\w+$/.test(file);
  if (!isAsset || !existsSync(join(source, file))) continue;
  mkdirSync(dirname(join(target, file)), { recursive: true });
  cpSync(join(source, file), join(target, file));
}

// One file instead of two hundred for every start of the program.
const { COMPILED, compileBuiltIn } = await import(
  new URL('../dist/capture/catalogue-files.js', import.meta.url)
);
writeFileSync(new URL(`../dist/catalogue/${COMPILED}`, import.meta.url), JSON.stringify(compileBuiltIn()));
