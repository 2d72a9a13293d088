// Fails for terms that no code, document or help text may contain. The glossary of plain field English is longer; these
// are the terms that came back after they had been removed.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whole words, in any case, and the term to use. */
const TERMS = {
  anew: 'again, rebuild, reload',
  'at a glance': 'in summary',
  'dark traffic': 'traffic that is not visible',
  'for ever': 'always, without limit',
  'found no place': 'was not kept',
  'hand-?outs?': 'signed configuration',
  'h(?:eld|olds?) against': 'compare with, validate against',
  'judged again': 'evaluated again',
  'lets? go': 'discard, drop, evict',
  'mend(?:s|ed|ing)?': 'fix, repair',
  'our side': 'local networks',
  'that which': 'name the subject',
  'who (?:may look|looks)': 'access control, allowed clients',
  whoever: 'any client, any process',
};
const PATTERN = new RegExp(`(?<![\\w-])(?:${Object.keys(TERMS).join('|')})(?![\\w-])`, 'gi');
const READ = ['*.md', 'src', 'native-bindings', 'docs', 'service', 'captures/*.ts', 'captures/*.md', 'bench'];
const TEXTS = /\.(?:ts|mjs|md|cc|h|proto|ya?ml|sh|service|timer|conf)$/;

const listed = execFileSync('git', ['ls-files', '-z', '--', ...READ], { encoding: 'utf8' }).split('\0');
const found = listed
  .filter((path) => TEXTS.test(path))
  .flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line, i) => [...line.matchAll(PATTERN)].map(([term]) => `${path}:${i + 1}: "${term}"`)),
  );
if (found.length > 0) {
  const instead = Object.entries(TERMS).map(([term, use]) => `  ${term}: ${use}`);
  console.error([...found, 'Forbidden terms, and what to use:', ...instead].join('\n'));
  process.exitCode = 1;
}
