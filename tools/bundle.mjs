// Puts the command line into a few files, all in dist/cli: loading three hundred modules takes as long as an analysis of
// a small capture. The library in dist keeps a file for each module.

import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { keepCode } from '../native-bindings/code-cache.mjs';
import { clientScripts } from './client-scripts.mjs';
import { languageMessages } from './messages.mjs';

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** What starts as a process; these find each other by name, in the folder of the file that starts them. */
const PROCESSES = {
  main: 'src/cli/main.ts',
  'pages-process': 'src/cli/watch/pages/pages-process.ts',
  'screen-process': 'src/cli/watch/screen/screen-process.ts',
};
/** Alone in its file: a thread that decodes needs little of the rest. */
const THREADS = { 'decode-worker': 'src/reading/threads/decode-worker.ts' };
/** Loaded by every `analyze` of a capture, with all that they import: one file. The others are loaded when asked for. */
const AT_START = [
  'src/cli/command-line.ts',
  'src/cli/commands/analyze.ts',
  'src/query/ask.ts',
  'src/reading/captures/analyze-captures.ts',
  'src/report/format/json.ts',
  'src/report/terminal/terminal.ts',
].map(inPackage);

/** Modules that are loaded with some of them, but for dynamic imports. */
function loadedWith(modules, moduleInfo) {
  const loaded = new Set();
  const open = [...modules];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const info = loaded.has(id) ? null : moduleInfo(id);
    if (info === null || info.isExternal) continue;
    loaded.add(id);
    open.push(...info.importedIds);
  }
  return loaded;
}

let atStart = null;
function nameOfGroup(id, context) {
  atStart ??= loadedWith(AT_START, (module) => context.getModuleInfo(module));
  return atStart.has(id) ? 'start' : null;
}

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'));
const PACKAGES = Object.keys({ ...dependencies, ...optionalDependencies });

/**
 * Node itself and the packages that are installed with this one. What the bundler brings for some syntax, and the
 * compiler of messages for plurals, is joined in.
 */
function staysOutside(id, importer) {
  if (/^[./]|^@(oxc-project|messageformat)\/runtime/.test(id)) return false;
  if (importer?.includes('/node_modules/@messageformat/')) return false;
  if (id.startsWith('node:') || PACKAGES.some((name) => id === name || id.startsWith(`${name}/`)))
    return true;
  throw new Error(`${id}: no dependency of the package`);
}

/** The help of the program lists all commands, and loads none. */
const summaries = readFileSync(inPackage('dist/cli/command-summaries.json'), 'utf8');
const commandSummaries = {
  name: 'command-summaries',
  load: (id) =>
    id === inPackage('src/cli/command-summaries.ts')
      ? `export const readSummaries = async () => (${summaries});`
      : null,
};

const folder = inPackage('dist/cli');

/** Scripts, not ES modules: V8 takes kept code for a script alone. */
async function write(input, options) {
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(input).map(([name, path]) => [name, inPackage(path)])),
    platform: 'node',
    external: staysOutside,
    plugins: [clientScripts(), languageMessages(), commandSummaries],
    // What a short command loads is chosen by AT_START, not by who imports it how.
    checks: { ineffectiveDynamicImport: false },
  });
  const { output } = await bundle.write({
    dir: folder,
    format: 'cjs',
    strict: true,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true, asciiOnly: true } },
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    banner: ({ name }) => (name === 'main' ? 'require("./kept-code.js");' : ''),
    ...options,
  });
  await bundle.close();
  return output;
}

rmSync(folder, { recursive: true, force: true });
await write(THREADS, { codeSplitting: false });
const output = await write(PROCESSES, {
  codeSplitting: { groups: [{ debugName: 'start', name: nameOfGroup }] },
});
chmodSync(join(folder, 'main.js'), 0o755);
copyFileSync(inPackage('tools/kept-code.cjs'), join(folder, 'kept-code.js'));
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');

/** A short command loads one package: zod, for another, is eighty files. */
const start = output.find(({ fileName }) => fileName === 'start.js');
const files = new Set(output.map(({ fileName }) => fileName));
const tooMuch = start.imports.filter((id) => id !== 'commander' && !id.startsWith('node:') && !files.has(id));
if (tooMuch.length > 0)
  throw new Error(`every start would load ${tooMuch.join(', ')}: import it where it is needed`);

const reason = keepCode();
if (reason !== null) console.error(`build:ts: the compiled code of the command line is not kept: ${reason}`);
