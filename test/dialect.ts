// Phrases that no text for people uses, where they occur, and how many each area may still have. The terms are those of
// the documentation of tcpdump, Zeek, Suricata, Prometheus, DuckDB and PostgreSQL.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Patterns of phrases, and the words to use. */
export const DIALECT: Readonly<Record<string, string>> = {
  told: 'reported, printed, logged',
  'nobody|somebody|whoever': 'no client, no process, any client',
  whom: 'name the client or process',
  beside: 'next to, compared with, in addition to',
  anew: 'again, rebuild, reload',
  'mend(?:s|ed|ing)?': 'fix, repair',
  'h(?:eld|olds?) (?:[a-z]+ ){0,5}against': 'compare with, validate against',
  'who (?:may look|looks)': 'access control, allowed clients',
  'hand-outs?|hand(?:s|ed|ing)? (?:out|on)': 'signed configuration, distribute, pass',
  'sp(?:eaks?|oke) (?:for|against)': 'evidence for, evidence against',
  'strangers?': 'unknown tool, unlisted name',
  'that which': 'name the subject',
  'lets? go': 'discard, drop, evict',
  'what could not be seen': 'traffic that is not visible',
  'as many as it': 'at most N',
  'no room': 'the limit is reached, the disk is full',
  'for ever': 'without limit, always',
};
const PATTERN = new RegExp(`\\b(?:${Object.keys(DIALECT).join('|')})\\b`, 'gi');

/** How many phrases the texts of an area may have. A count may fall and never rise: lower it when you rewrite texts. */
export const CEILINGS: Readonly<Record<string, number>> = {
  documents: 1,
  'src/catalogue': 7,
  'src/policy': 1,
  'src/report': 7,
  'src/web': 0,
  'test/cli': 41,
  'test/contract': 1,
  'test/native': 1,
  'test/property': 1,
  'test/unit': 4,
};

export interface Text {
  readonly line: number;
  readonly text: string;
}

/** "path:line: phrase" for each phrase. */
export function phrasesOf(path: string, texts: readonly Text[]): string[] {
  return texts.flatMap(({ line, text }) =>
    [...text.replace(/`[^`\n]+`/g, spaces).matchAll(PATTERN)].map((found) => {
      const lines = text.slice(0, found.index).split('\n').length - 1;
      return `${path}:${line + lines}: ${found[0]}`;
    }),
  );
}

/** Comments and strings of TypeScript (a string without a space is a name), comments of C++ and of scripts, all of a document but the output of commands. */
export function textsOf(root: string, path: string): Text[] {
  const source = readFileSync(join(root, path), 'utf8');
  // Most files have none, and need not be parsed.
  return source.search(PATTERN) < 0 ? [] : textsIn(path, source);
}

export function textsIn(path: string, source: string): Text[] {
  if (/\.(?:ts|mjs)$/.test(path)) return textsOfTypeScript(source);
  if (/\.(?:cc|h|proto)$/.test(path))
    return matchesOf(source, /\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"/g);
  if (path.endsWith('.md')) return [{ line: 1, text: source.replace(/```console\n[\s\S]*?```/g, blank) }];
  return matchesOf(source, /#.*/g);
}

/** The same lines without their text. */
const blank = (text: string): string => text.replace(/[^\n]+/g, '');
/** Code in a text is no prose. */
const spaces = (code: string): string => ' '.repeat(code.length);

function matchesOf(source: string, pattern: RegExp): Text[] {
  return [...source.matchAll(pattern)].map((found) => ({
    line: source.slice(0, found.index).split('\n').length,
    text: found[0],
  }));
}

function textsOfTypeScript(source: string): Text[] {
  const file = ts.createSourceFile('texts.ts', source, ts.ScriptTarget.ES2022, false);
  const texts = matchesOf(source, /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/ .*/gm);
  const visit = (node: ts.Node): void => {
    const isText =
      ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (isText && node.text.includes(' '))
      texts.push({ line: file.getLineAndCharacterOfPosition(node.pos).line + 1, text: node.text });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return texts;
}

/** Of files outside of src/ and test/ the first folder, or "documents". */
export function areaOf(path: string): string {
  if (!path.includes('/')) return path === 'README.md' ? 'README and help' : 'documents';
  const parts = path.split('/');
  if (/^(?:docs|service)\//.test(path)) return 'documents';
  if (path.endsWith('.md')) return 'documents';
  return parts.length > 2 && /^(?:src|test)$/.test(parts[0] ?? '')
    ? parts.slice(0, 2).join('/')
    : (parts[0] ?? '');
}
