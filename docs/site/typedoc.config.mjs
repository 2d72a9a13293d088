// Builds the documentation pages with the library exports: `npm run docs:site` writes them to build/site.

import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Converter, KindRouter, RendererEvent } from 'typedoc';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The groups of the navigation with their documents, in order: tutorials, how-to, reference, explanation. */
const GROUPS = {
  Tutorials: ['README', 'assess', 'audit', 'enforce', 'explain', 'allow', 'learn', 'answer'].map(
    (name) => `docs/tutorials/${name}.md`,
  ),
  'How-to': docs('diagnose', 'logs', 'deployment', 'fleet', 'pages', 'library', 'browser'),
  Reference: docs(
    'cli',
    'configuration',
    'policy',
    'errors',
    'metrics',
    'services',
    'report-json',
    'catalogue',
    'store',
    'usage-window',
    'event-batch',
    'readings',
  ),
  Explanation: docs(
    'evidence',
    'estimates',
    'advisories',
    'going-dark',
    'privacy',
    'threat-model',
    'audit-map',
  ),
  Project: [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    'bench/README.md',
    'bench/scoreboard/README.md',
    'captures/README.md',
    'captures/DATASET.md',
  ],
  Decisions: ['docs/adr/README.md', 'docs/adr/0*.md'],
};

function docs(...names) {
  return names.map((name) => `docs/${name}.md`);
}

function groupOf(file) {
  const found = Object.entries(GROUPS).find(([, files]) => files.includes(file));
  return found?.[0] ?? 'Decisions';
}

/** The path of a page is the path of its file. */
class FileRouter extends KindRouter {
  getIdealBaseName(target) {
    const file = target.isDocument?.() ? this.application.files.getReflectionPath(target) : undefined;
    return file === undefined ? super.getIdealBaseName(target) : relative(root, file).replace(/\.md$/, '');
  }
}

/** Program output has no highlighting. */
function markPlain(parts = []) {
  for (const part of parts) {
    if (part.kind === 'code') part.text = part.text.replace(/^```\n/, '```text\n');
  }
}

/** The page that analyses captures, where it is built: `npm run build:browser`. */
const PAGE = join(root, 'dist/browser');
const hasPage = existsSync(join(PAGE, 'service-worker.js'));
const TRY =
  '**[Try it here](try/index.html)**: drop a packet capture on a page of this site. It is read in your browser, and nothing is sent.';

function addPage(folder) {
  const target = join(folder, 'try');
  mkdirSync(target, { recursive: true });
  cpSync(PAGE, target, { recursive: true, filter: (path) => !/\.d\.ts$|[\\/]wiretally\.js$/.test(path) });
  const page = readFileSync(join(PAGE, 'index.html'), 'utf8');
  const linked = page.replace('<!-- links -->', '<a href="../index.html">Documentation</a>');
  writeFileSync(join(target, 'index.html'), linked);
}

function load(app) {
  app.renderer.defineRouter('file', FileRouter);
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const file = app.files.getReflectionPath(document);
    const [, heading = ''] = /^# (.+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
    document.name = heading.replaceAll('`', '');
    document.frontmatter.group = groupOf(relative(root, file));
    markPlain(document.content);
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    markPlain(project.readme);
    const [first] = project.readme;
    if (hasPage) first.text = first.text.replace(/^# .+\n/, (heading) => `${heading}\n${TRY}\n`);
    for (const entry of project.children) entry.name = 'wiretally';
  });
  if (hasPage) app.renderer.on(RendererEvent.END, ({ outputDirectory }) => addPage(outputDirectory));
}

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  plugin: [load],
  entryPoints: ['../../src/index.ts'],
  tsconfig: '../../tsconfig.build.json',
  // The pages open on a lesson; the README is for visitors of the repository, and a page of the project.
  readme: '../../docs/tutorials/assess.md',
  projectDocuments: Object.values(GROUPS)
    .flat()
    .map((file) => `../../${file}`),
  out: '../../build/site',
  name: 'Wiretally',
  router: 'file',
  customCss: 'style.css',
  disableSources: true,
  hideGenerator: true,
  treatWarningsAsErrors: true,
  searchInDocuments: true,
  navigation: { includeGroups: true },
  groupOrder: [...Object.keys(GROUPS), '*'],
  sort: ['documents-first', 'kind'],
  categorizeByGroup: false,
  highlightLanguages: ['sh', 'js', 'ts', 'json', 'jsonc', 'yaml', 'sql', 'text', 'console', 'csv', 'html'],
  // Internal types, and the schemas of which types are made, are in no page: docs/report-json.md has their fields.
  validation: { notExported: false, invalidLink: true, notDocumented: false },
};
