// Messages are ICU texts: LANGUAGE.json in src/report/messages, src/model/messages and src/browser/page/messages. A module imports them as
// functions from "LANGUAGE.messages.js", which exists in no source: bundler and tests make it when it is imported, the build writes it
// into dist. So no start reads messages.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import MessageFormat from '@messageformat/core';
import compileModule from '@messageformat/core/compile-module.js';
import { rolldown } from 'rolldown';

const MESSAGES = /\.messages\.js$/;

/** In src; those of the page are in its bundle. */
const MESSAGE_FOLDERS = ['report/messages', 'model/messages'];

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

const quantitiesFor = (id) => relative(dirname(id), join(SOURCES, 'text/quantity.ts')).replaceAll('\\', '/');

/** `quantities`: the module that formats numbers, as the compiled messages import it. */
function compiled(file, quantities) {
  const messages = new MessageFormat(basename(file, '.json'), {
    customFormatters: { number: { formatter: String, id: 'formatCount', module: quantities } },
  });
  const module = compileModule(messages, JSON.parse(readFileSync(file, 'utf8')));
  // A message without arguments is a text: six hundred functions are 200 kB of compiled code at every start.
  return module.replace('export default ', 'export const MESSAGES = ').replaceAll(': () => "', ': "');
}

/** For rolldown and Vite. Default: as the module lies in src. */
export const languageMessages = (quantities = null) => ({
  name: 'language-messages',
  resolveId: (id, importer = '') => (MESSAGES.test(id) ? resolve(dirname(importer), id) : null),
  load: (id) =>
    MESSAGES.test(id) ? compiled(id.replace(MESSAGES, '.json'), quantities ?? quantitiesFor(id)) : null,
});

/** Writes them into the compiled library, each with the few functions of the compiler that it needs. */
export async function writeMessages(source, target) {
  for (const folder of MESSAGE_FOLDERS) await writeFolder(source, target, folder);
}

async function writeFolder(source, target, folder) {
  mkdirSync(join(target, folder), { recursive: true });
  for (const file of readdirSync(join(source, folder)).filter((each) => each.endsWith('.json'))) {
    const name = file.replace('.json', '.messages.js');
    const quantities = '../../text/quantity.js';
    const bundle = await rolldown({
      input: join(source, folder, name),
      external: [quantities],
      plugins: [languageMessages(quantities)],
    });
    const { output } = await bundle.generate({ format: 'esm' });
    await bundle.close();
    writeFileSync(join(target, folder, name), output[0].code);
  }
}
