// Copies what the compiler leaves behind into dist: the catalogue's tools, the protobuf schema, and asset folders.

import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
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
