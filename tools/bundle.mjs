// Puts the command line into a few files, all in dist/cli: loading two hundred modules was a third of every start. What
// every command loads becomes one script, whose compiled code is kept. The library in dist keeps a file for each module.

import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { keepCode } from '../native-bindings/code-cache.mjs';
import { clientScripts } from './client-scripts.mjs';

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** What starts as a process; these find each other by name, in the folder of the file that starts them. */
const PROCESSES = {
  'command-line': 'src/cli/command-line.ts',
  'pages-process': 'src/cli/verbs/watch/pages/pages-process.ts',
  'screen-process': 'src/cli/verbs/watch/screen/screen-process.ts',
};
/** Alone in its file: a thread that decodes needs little of the rest. */
const THREADS = { 'decode-worker': 'src/sensor/threads/decode-worker.ts' };
/** Loaded by every `analyze` of a capture, with all that they import: two scripts. The others are loaded when asked for. */
const AT_START = [
  'src/cli/command-line.ts',
  'src/cli/program.ts',
  'src/cli/verbs/analyze.ts',
  'src/cli/verbs/report.ts',
  'src/query/ask.ts',
  'src/files/catalogue-files.ts',
  'src/cli/config/configure.ts',
  'src/cli/rights/rights.ts',
  'src/sensor/analyze.ts',
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

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'));
const PACKAGES = Object.keys({ ...dependencies, ...optionalDependencies });

/** Bundled with the start; every other package stays what it is. */
const IN_START = 'commander';

/** Node itself and the packages that are installed with this one. What the bundler brings for some syntax is joined in. */
function staysOutside(id, importer) {
  if (/^[./]|^@oxc-project\/runtime\//.test(id)) return false;
  if (importer?.includes(`/node_modules/${IN_START}/`) && !id.startsWith('node:')) return false;
  if (id === IN_START) return false;
  if (id.startsWith('node:') || PACKAGES.some((name) => id === name || id.startsWith(`${name}/`)))
    return true;
  throw new Error(`${id}: no dependency of the package`);
}

/** Modules of Node that a short command needs none of: loaded when they are used. */
const LATE = ['crypto', 'stream'];

/** Commander loads it for commands that are programs of their own. */
const CHILD_PROCESS = 'const childProcess=__require(`node:child_process`);';

const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } };
const folder = inPackage('dist/cli');

async function write(input, options) {
  const bundle = await rolldown({
    input: Object.fromEntries(Object.entries(input).map(([name, path]) => [name, inPackage(path)])),
    platform: 'node',
    external: staysOutside,
    preserveEntrySignatures: 'allow-extension',
    plugins: [clientScripts()],
    // What a short command loads is chosen by AT_START, not by who imports it how.
    checks: { ineffectiveDynamicImport: false },
  });
  const { output } = await bundle.write({
    dir: folder,
    format: 'esm',
    minify,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name].mjs',
    ...options,
  });
  await bundle.close();
  return output;
}

/** Of what AT_START loads: used from the first tool or provider of a capture on. The second script, loaded then. */
const WITH_ROWS = new RegExp(
  `/src/(${[
    'attribution/evidence/(ownership|manner|rule-behaviour|context|rule-names|recorded-start|evidence|match|near-times)',
    'attribution/estimates/(exchanges|merged|channel-role|shortfall)',
    'attribution/sums/(tools-in-period|tool-in-period|finish-use|span-sums|evidence-items|quarter-sums|usage-quarters)',
    'attribution/builds/(build-sums|starts|build-days|updates)',
    'attribution/traffic/(copies|machines|shifted-copies|host-tries|socket)',
    'attribution/(without-names|first-use)',
    'catalogue/agent-loop',
    'diagnosis/(connection-rules|use-rules|diagnose|dns-rules|proxy-rules|facts|path-rules)',
    'report/comparison/(compare|observation|words)',
    'report/document/(part-sums|trend|breakdown|without-names)',
    'report/terminal/(comparison|breakdown)',
  ].join('|')})\\.ts$`,
);

let atStart = null;
function nameOfGroup(id, context) {
  atStart ??= loadedWith(AT_START, (module) => context.getModuleInfo(module));
  return atStart.has(id) ? 'start' : null;
}

rmSync(folder, { recursive: true, force: true });
await write(THREADS, { codeSplitting: false });
const output = await write(PROCESSES, {
  codeSplitting: {
    groups: [
      { name: 'rows', test: WITH_ROWS, priority: 1, includeDependenciesRecursively: false },
      { debugName: 'start', name: nameOfGroup },
    ],
  },
});
await writeEntry();

const COMMAND_LINE = inPackage(PROCESSES['command-line']);
const start = output.find(({ moduleIds }) => moduleIds.includes(COMMAND_LINE));
const rows = output.find(({ fileName }) => fileName === 'rows.mjs');
const files = new Set(output.map(({ fileName }) => fileName));
/** What a short command may load of packages is bundled with it: zod, for one, is eighty files. */
const tooMuch = start.imports.filter((id) => !id.startsWith('node:') && !files.has(id));
if (tooMuch.length > 0)
  throw new Error(`every start would load ${tooMuch.join(', ')}: import it where it is needed`);

await writeStartScripts();
const reason = keepCode();
if (reason !== null) console.error(`build:ts: the compiled code of the command line is not kept: ${reason}`);

/** The command line with the parts that only name what is in it, and the rows; other parts take their exports from there. */
async function writeStartScripts() {
  const scripts = [start.fileName, rows.fileName];
  const namesOnly = output.filter(
    ({ fileName, moduleIds, imports }) =>
      !scripts.includes(fileName) && moduleIds.length === 0 && imports.every((id) => scripts.includes(id)),
  );
  const names = [start, ...namesOnly].map(({ fileName }) => fileName);
  await writeScript('start.cjs', start.fileName, names);
  await writeScript('rows.cjs', rows.fileName, [rows.fileName]);
  copyFileSync(inPackage('tools/start-script.cjs'), join(folder, 'start-script.cjs'));
  // The license asks to be part of every copy.
  copyFileSync(inPackage(`node_modules/${IN_START}/LICENSE`), join(folder, `${IN_START}.LICENSE.txt`));
  writeNames(start.fileName, start.exports, 'exported');
  writeNames(rows.fileName, rows.exports, 'rows()');
}

/** `names`: the parts that become one; what the bundler brings is part of each. */
async function writeScript(fileName, input, names) {
  const inside = new Set([...names, 'rolldown-runtime.mjs'].map((name) => join(folder, name)));
  const bundle = await rolldown({
    input: join(folder, input),
    platform: 'node',
    external: (id, importer) => importer !== undefined && !inside.has(resolve(dirname(importer), id)),
  });
  const ascii = { ...minify, codegen: { ...minify.codegen, asciiOnly: true } };
  const { output: made } = await bundle.generate({ format: 'cjs', codeSplitting: false, minify: ascii });
  await bundle.close();
  const code = made[0].code;
  writeFileSync(join(folder, fileName), asFunction(fileName === 'start.cjs' ? loadedLate(code) : code));
}

/** The entry takes the command line from the script. It is no ES module, so that Node needs no loader of those. */
async function writeEntry() {
  const bundle = await rolldown({
    input: inPackage('src/cli/main.ts'),
    platform: 'node',
    plugins: [
      {
        name: 'command-line-of-script',
        resolveId: (id) => (id === './command-line.ts' ? { id: './start-script.cjs', external: true } : null),
      },
    ],
  });
  const { output: made } = await bundle.generate({ format: 'cjs' });
  await bundle.close();
  writeFileSync(join(folder, 'main.js'), made[0].code);
  chmodSync(join(folder, 'main.js'), 0o755);
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}

function loadedLate(code) {
  let text = code.replace(
    CHILD_PROCESS,
    'const childProcess={spawn:(...words)=>__require(`node:child_process`).spawn(...words)};',
  );
  if (text === code || text.split('node:child_process').length > 2)
    throw new Error('start.cjs: commander loads node:child_process in another way');
  for (const name of LATE) {
    const local = `node_${name}`;
    const loading = `let ${local}=require("node:${name}");`;
    if (!text.includes(loading)) throw new Error(`start.cjs: no ${loading}`);
    text = text.replace(loading, '').replaceAll(new RegExp(`\\b${local}\\b`, 'g'), `(${local}())`);
    text = `const ${local}=()=>require("node:${name}");${text}`;
  }
  return text;
}

/** A script has no `import()` of its own without experimental options of Node, and is read quickest as ASCII. */
function asFunction(code) {
  // Names that nothing in it has.
  if (/__load|__other/.test(code)) throw new Error('a script contains __load or __other');
  const body = otherScript(code).replaceAll(/\bimport\((`[^`$]+`|"[^"]+")\)/g, '__load($1)');
  if (/\bimport\(|[^\0-\x7f]/.test(body)) throw new Error('a script contains what it cannot');
  return `(function(exports,require,__filename,__load,__other){"use strict";${body}\n})`;
}

/**
 * The exports of the other of the two scripts. Those of the second one are asked for each time, as it may not be loaded; those
 * of the first one are constants of the second.
 */
function otherScript(code) {
  const [whole, local, part] = /\blet (\w+)=require\("\.\/(command-line|rows)\.mjs"\);/.exec(code) ?? [];
  if (whole === undefined) throw new Error('a script does not import the other');
  const rest = code.replace(whole, '');
  if (part === 'rows') return rest.replaceAll(new RegExp(`\\b${local}\\b`, 'g'), '(__other())');
  const names = new Set();
  const body = rest.replaceAll(new RegExp(`\\b${local}\\.([\\w$]+)`, 'g'), (_, name) => {
    names.add(name);
    return `__other_${name}`;
  });
  if (new RegExp(`\\b${local}\\b`).test(body)) throw new Error(`a script uses ${local} in another way`);
  const taken = [...names].map((name) => `${name}:__other_${name}`);
  return `const {${taken}}=__other();${body}`;
}

/** A part that takes these from a script. Some of the names are words of the language. */
function writeNames(fileName, names, of) {
  const taken = names.map((name, i) => `${name}:_${i}`);
  const given = names.map((name, i) => `_${i} as ${name}`);
  const text = `import start from"./start-script.cjs";const{${taken}}=start.${of};export{${given}};\n`;
  writeFileSync(join(folder, fileName), text);
}
