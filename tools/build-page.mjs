// Builds the page that analyses captures: static files next to the library, in dist/browser. Called by build-browser.mjs,
// after the library and the core are there.

import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';
import { bundleForPage, inPackage, licensesOfBundled, version } from './browser-bundle.mjs';

const PAGE = 'src/browser/page';
/** Small enough to be loaded with the page. */
const SAMPLE = 'captures/recordings/busy-developer-light.pcap.gz';

/** All that the page loads, as it names them. */
const FILES = [
  'page.css',
  'page.js',
  'worker.js',
  'core.mjs',
  'core.wasm',
  'catalogue.json',
  'sample.pcap.gz',
];

const inDist = (name) => inPackage(`dist/browser/${name}`);
const write = (name, text) => writeFileSync(inDist(name), text);
const textOf = (name) => readFileSync(inPackage(`${PAGE}/${name}`), 'utf8');

const escaped = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);

/** English is in the file; the script of the page replaces it for other languages. */
const withTexts = (page, texts) => page.replace(/@([a-z]\w*)@/g, (_, key) => escaped(texts[key]));

/** Of one module, for programs that import the package. */
function writeTypes(path) {
  const { outputText } = ts.transpileDeclaration(textOf(path), { fileName: path });
  write(`page/${path.replace(/\.ts$/, '.d.ts')}`, outputText);
}

export async function buildPage() {
  const { contentHash } = await import(new URL('../dist/report/html/page-head.js', import.meta.url));
  const { STYLE } = await import(new URL('../dist/report/html/style.js', import.meta.url));
  const { SCRIPT } = await import(new URL('../dist/report/client/page.script.js', import.meta.url));
  // The report is shown in a frame, which obeys the policy of the page in addition to its own.
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'wasm-unsafe-eval' '${await contentHash(SCRIPT)}'`,
    `style-src 'self' '${await contentHash(STYLE)}'`,
    'img-src data:',
    'frame-src blob:',
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const english = JSON.parse(textOf('messages/en.json'));
  await bundleForPage('page', `${PAGE}/client/page.ts`, { format: 'iife' });
  await bundleForPage('worker', `${PAGE}/worker.ts`, {
    packages: ['fflate', 'protobufjs', 'string-width', 'yaml', 'zod'],
  });
  await bundleForPage('report-element', `${PAGE}/client/report-element.ts`);
  await bundleForPage('example', `${PAGE}/client/example.ts`);
  write('example.html', textOf('example.html').replace('@POLICY@', policy));
  mkdirSync(inDist('page/client'), { recursive: true });
  writeTypes('client/report-element.ts');
  write('LICENSES.txt', licensesOfBundled().join(`\n${'-'.repeat(78)}\n`));
  copyFileSync(inPackage(SAMPLE), inDist('sample.pcap.gz'));
  write('page.css', `${STYLE}\n${textOf('page.css')}`);
  const page = withTexts(textOf('index.html'), english);
  write('index.html', page.replace('@POLICY@', policy).replace('@VERSION@', version));
  const digest = createHash('sha256');
  for (const name of ['index.html', ...FILES]) digest.update(readFileSync(inDist(name)));
  await bundleForPage('service-worker', `${PAGE}/client/service-worker.ts`, {
    format: 'iife',
    define: {
      VERSION: JSON.stringify(digest.digest('hex').slice(0, 16)),
      FILES: JSON.stringify(['./', ...FILES]),
    },
  });
}
