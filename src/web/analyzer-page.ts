// Serves the static page that analyzes captures in the browser, from the origin of this server. Its files are built
// where emscripten is installed; without them, its address shows how to build them.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../files/program-files.ts';

/** Ends with a slash, because its files are next to it. */
export const ANALYZER_PATH = '/analyze/';

const PAGE = 'index.html';
/** Media types of the files next to the page. */
const TYPES: Readonly<Record<string, string>> = {
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'worker.js': 'text/javascript; charset=utf-8',
  'service-worker.js': 'text/javascript; charset=utf-8',
  'core.mjs': 'text/javascript; charset=utf-8',
  'core.wasm': 'application/wasm',
  'catalogue.json': 'application/json',
  'sample.pcap.gz': 'application/octet-stream',
};

export interface AnalyzerFile {
  readonly type: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

export interface Analyzer {
  /** Content security policy: it allows WebAssembly, and the script and style of the report in its frame. */
  readonly policy: string;
  /** Files by name; the name of the page itself is ''. */
  readonly files: ReadonlyMap<string, AnalyzerFile>;
}

/** Returns null if the page is not built. */
export function readAnalyzer(folder = join(PACKAGE_FOLDER, 'dist/browser')): Analyzer | null {
  if ([PAGE, ...Object.keys(TYPES)].some((name) => !existsSync(join(folder, name)))) return null;
  const files = new Map<string, AnalyzerFile>();
  for (const [name, type] of Object.entries(TYPES))
    files.set(name, { type, content: Uint8Array.from(readFileSync(join(folder, name))) });
  const page = readFileSync(join(folder, PAGE), 'utf8');
  const linked = page.replace('<!-- links -->', '<a href="/">Overview</a>');
  files.set('', { type: 'text/html; charset=utf-8', content: new TextEncoder().encode(linked) });
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  return { policy: `${policy}; frame-ancestors 'none'`, files };
}

/** Read at startup, because a confined process may not read the package later. */
export const ANALYZER = readAnalyzer();
