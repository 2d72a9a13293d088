// Scripts of pages are TypeScript files in src/*/client. A module imports the text of "page.ts" from "page.script.js", which
// exists in no source: bundler and tests make it when it is imported, the build writes it into dist.

import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const SCRIPT = /\.script\.js$/;

async function moduleOf(file) {
  const bundle = await rolldown({ input: file, platform: 'browser' });
  const { output } = await bundle.generate({
    format: 'iife',
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  });
  await bundle.close();
  return `export const SCRIPT = ${JSON.stringify(output[0].code.trim())};\n`;
}

/** For rolldown and Vite. */
export const clientScripts = () => ({
  name: 'client-scripts',
  resolveId: (id, importer) =>
    SCRIPT.test(id) && importer !== undefined ? resolve(dirname(importer), id) : null,
  load: (id) => (SCRIPT.test(id) ? moduleOf(id.replace(SCRIPT, '.ts')) : null),
});

/** Writes them into the compiled library. */
export async function writeClientScripts(source, target) {
  for (const name of readdirSync(source)) {
    const folder = join(source, name, 'client');
    let files = [];
    try {
      files = readdirSync(folder);
    } catch {
      continue; // most folders have none
    }
    for (const file of files.filter((each) => each.endsWith('.ts') && !each.endsWith('.d.ts')))
      writeFileSync(
        join(target, name, 'client', file.replace(/\.ts$/, '.script.js')),
        await moduleOf(join(folder, file)),
      );
  }
}
