// Puts the command line into a few files, all in dist/cli: loading two hundred modules was a third of every start. The
// library in dist keeps a file for each module. Packages stay what they are.

import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { clientScripts } from './client-scripts.mjs';

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** What starts as a program, thread or process; these find each other by name, in the folder of the file that starts them. */
const PROGRAMS = {
  main: 'src/cli/main.ts',
  'decode-worker': 'src/sensor/threads/decode-worker.ts',
  'pages-process': 'src/cli/verbs/watch/pages/pages-process.ts',
  'screen-process': 'src/cli/verbs/watch/screen/screen-process.ts',
};
/**
 * Loaded by every `analyze` and `report` of a capture, with all that they import: one file, and one of what threads load
 * as well. The others are loaded when asked for; layout for terminals is, as parts of it are dear to load.
 */
const AT_START = [
  'src/cli/main.ts',
  'src/cli/program.ts',
  'src/cli/verbs/analyze.ts',
  'src/cli/verbs/report.ts',
  'src/query/ask.ts',
  'src/files/catalogue-files.ts',
  'src/cli/config/configure.ts',
  'src/cli/rights/rights.ts',
  'src/sensor/analyze.ts',
  'src/report/format/json.ts',
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

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'));
const PACKAGES = Object.keys({ ...dependencies, ...optionalDependencies });

/** Node itself and the packages that are installed with this one. What the bundler brings for some syntax is joined in. */
function staysOutside(id) {
  if (/^[./]|^@oxc-project\/runtime\//.test(id)) return false;
  if (id.startsWith('node:') || PACKAGES.some((name) => id === name || id.startsWith(`${name}/`)))
    return true;
  throw new Error(`${id}: no dependency of the package`);
}

const bundle = await rolldown({
  input: Object.fromEntries(Object.entries(PROGRAMS).map(([name, path]) => [name, inPackage(path)])),
  platform: 'node',
  external: staysOutside,
  plugins: [clientScripts()],
  // What a short command loads is chosen by AT_START, not by who imports it how.
  checks: { ineffectiveDynamicImport: false },
});
/** True of modules that are loaded with these, but for programs themselves. */
const togetherWith = (modules) => {
  let loaded = null;
  return (id, context) => {
    loaded ??= loadedWith(modules, (module) => context.getModuleInfo(module));
    return loaded.has(id) && !Object.values(PROGRAMS).map(inPackage).includes(id);
  };
};
const isDecoding = togetherWith([inPackage(PROGRAMS['decode-worker'])]);
const isAtStart = togetherWith(AT_START);
const groups = [
  { debugName: 'decode', priority: 2, name: (...of) => (isDecoding(...of) ? 'decode' : null) },
  { debugName: 'start', priority: 1, name: (...of) => (isAtStart(...of) ? 'start' : null) },
];
rmSync(inPackage('dist/cli'), { recursive: true, force: true });
const { output } = await bundle.write({
  dir: inPackage('dist/cli'),
  format: 'esm',
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  codeSplitting: { groups },
});
await bundle.close();

/** What a short command may load of packages: zod, for one, is eighty files. */
const START_PACKAGES = ['commander'];
const atStart = output.filter(({ fileName }) => ['main.js', 'start.js', 'decode.js'].includes(fileName));
const files = new Set(output.map(({ fileName }) => fileName));
const tooMuch = atStart
  .flatMap(({ imports }) => imports)
  .filter((id) => !id.startsWith('node:') && !files.has(id) && !START_PACKAGES.includes(id));
if (tooMuch.length > 0)
  throw new Error(`every start would load ${tooMuch.join(', ')}: import it where it is needed`);

chmodSync(inPackage('dist/cli/main.js'), 0o755);
