// Parses texts that people write (policies, catalogue entries) as a tree with positions: reads YAML or JSON, and gives every
// fault its line and path.

import {
  Composer,
  CST,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  visit,
  type YAMLMap,
  YAMLParseError,
} from 'yaml';
import type { SchemaFault } from './schema-fault.ts';
import { MAX_TEXT_BYTES } from './text-size.ts';

/** Maximum nesting: the schemas need eight levels. */
const MAX_DEPTH = 32;
const TOO_DEEP = 'values are nested too deeply';
/** Maximum number of values, including keys: a megabyte of the shortest would take three seconds. */
const MAX_VALUES = 100_000;
const TOO_MANY = `the file holds more than ${MAX_VALUES} values`;
const VALUE_TYPES: ReadonlySet<string | null> = new Set([
  ...['scalar', 'single-quoted-scalar', 'double-quoted-scalar', 'block-scalar-header'],
  ...['seq-item-ind', 'comma'], // separated by empty lines
]);

export interface Problem {
  readonly line: number;
  readonly column: number;
  /** Path such as "rules[2].effective"; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

export interface TextTree {
  readonly value: unknown;
  /** Returns the position of the value at a path, or of its nearest parent. */
  locate(path: readonly (string | number)[]): { line: number; column: number };
}

export function formatPath(path: readonly (string | number)[]): string {
  let out = '';
  for (const step of path) out += typeof step === 'number' ? `[${step}]` : out === '' ? step : `.${step}`;
  return out;
}

export const problemAt = (tree: TextTree, path: readonly (string | number)[], message: string): Problem => ({
  ...tree.locate(path),
  path: formatPath(path),
  message,
});

export const problemsAt = (tree: TextTree, faults: readonly SchemaFault[]): Problem[] =>
  faults.map(({ path, message }) => problemAt(tree, path, message));

/** Returns a text such as "acme.yaml:12:5: rules[0].effective: 2026-02-30 does not exist in the calendar". */
export function formatProblem(file: string, { line, column, path, message }: Problem): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** Parses the text. Returns problems instead of a tree unless it is a plain YAML or JSON document. */
export function readTree(text: string): { tree: TextTree } | { problems: Problem[] } {
  if (text.length > MAX_TEXT_BYTES) {
    return { problems: [buildFileProblem(`the file is larger than ${MAX_TEXT_BYTES} bytes`)] };
  }
  const lines = new LineCounter();
  const position = (offset: number): { line: number; column: number } => {
    const at = lines.linePos(offset);
    return { line: at.line, column: at.col };
  };
  const syntax = parse(text, lines);
  if ('excess' in syntax)
    return { problems: [{ ...buildFileProblem(syntax.excess), ...position(syntax.offset) }] };
  const { document } = syntax;
  const problems: Problem[] = document.errors.map((error) => ({
    ...position(error.pos[0]),
    path: '',
    message: describeSyntax(error.message),
  }));
  // Other faults of a line follow from its first one.
  if (problems.length > 0)
    return { problems: problems.filter(({ line }, i) => problems[i - 1]?.line !== line) };
  if (document.contents === null) return { problems: [buildFileProblem('the file is empty')] };

  visit(document, (key, node, path) => {
    if (path.length > MAX_DEPTH * 2) {
      problems.push({ ...buildFileProblem(TOO_DEEP), ...nodePosition(node) });
      return visit.BREAK;
    }
    if (isAlias(node) || (isNode(node) && 'anchor' in node && node.anchor !== undefined)) {
      problems.push({
        ...buildFileProblem('anchors and aliases are not allowed: write the value out'),
        ...nodePosition(node),
      });
      return visit.BREAK;
    }
    if (isNode(node) && node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) {
      problems.push({ ...buildFileProblem(`the tag ${node.tag} is not allowed`), ...nodePosition(node) });
      return visit.BREAK;
    }
    if (isMap(node)) problems.push(...repeatedKeys(node, nodePosition));
    if (key === 'key' && isNode(node) && !(isScalar(node) && typeof node.value === 'string')) {
      const fault = isScalar(node)
        ? `the key ${String(node.value)} must be text: put it in quotes`
        : 'a key must be text, not a list or a map: remove the brackets, the braces or the "?"';
      problems.push({
        ...buildFileProblem(fault),
        ...nodePosition(node),
      });
      return visit.BREAK;
    }
    return undefined;
  });
  function nodePosition(node: unknown): { line: number; column: number } {
    return isNode(node) && node.range ? position(node.range[0]) : { line: 1, column: 1 };
  }
  if (problems.length > 0) return { problems };

  const pairs = new PairIndex();
  return {
    tree: {
      value: document.toJS({ maxAliasCount: 0 }),
      locate(path) {
        let node: Node | null = document.contents;
        let at = nodePosition(node);
        for (const step of path) {
          const pair = isMap(node) ? pairs.of(node).get(String(step)) : undefined;
          if (pair !== undefined && isNode(pair.key)) at = nodePosition(pair.key);
          const next: unknown = isSeq(node) ? node.get(step, true) : pair?.value;
          if (!isNode(next)) break;
          node = next;
          if (typeof step === 'number') at = nodePosition(node);
        }
        return at;
      },
    },
  };
}

/** Indexes pairs of maps by key, to avoid a linear search per lookup in large maps. */
class PairIndex {
  readonly #byMap = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

  of(map: YAMLMap): ReadonlyMap<string, Pair> {
    const existing = this.#byMap.get(map);
    if (existing !== undefined) return existing;
    const pairs = new Map(
      map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])),
    );
    this.#byMap.set(map, pairs);
    return pairs;
  }
}

/**
 * Returns the document, or the exceeded limit and its offset. Limits are checked before the tree is built: the library
 * builds it by recursion, whose stack overflow depth varies between runs, and each of a hundred thousand brackets costs a
 * kilobyte.
 */
function parse(
  text: string,
  lines: LineCounter,
): { document: Document } | { excess: string; offset: number } {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let values = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    // The stack contains the document, its collections and a scalar.
    if (parser.stack.length > MAX_DEPTH + 2) return { excess: TOO_DEEP, offset: parser.offset };
    if (VALUE_TYPES.has(CST.tokenType(lexeme)) && ++values > MAX_VALUES)
      return { excess: TOO_MANY, offset: parser.offset };
  }
  tokens.push(...parser.end());
  const composer = new Composer({
    uniqueKeys: false, // checked below, because the check of the library takes quadratic time
    merge: false,
  });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) throw new Error('a composer that is made to give a document gave none');
  if (second !== undefined) {
    const at = second.range[0];
    document.errors.push(
      new YAMLParseError([at, at + 1], 'MULTIPLE_DOCS', 'there is more than one document'),
    );
  }
  return { document };
}

/** Maximum number of repeated keys in messages. */
const MAX_REPEATED = 20;

function repeatedKeys(
  map: YAMLMap,
  positionOf: (node: unknown) => { line: number; column: number },
): Problem[] {
  const seen = new Set<unknown>();
  const repeated: Problem[] = [];
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value) && repeated.length < MAX_REPEATED) {
      repeated.push({
        ...buildFileProblem(`the key "${String(key.value)}" appears twice`),
        ...positionOf(key),
      });
    }
    seen.add(key.value);
  }
  return repeated;
}

function buildFileProblem(message: string): Problem {
  return { line: 1, column: 1, path: '', message };
}

const ALIGN = 'let all entries of a list or map begin in the same column';

/** Messages of the library by their beginning, and what to change. */
const SYNTAX_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^Tabs are/, 'the line begins with a tab: indent with spaces'],
  [/^Missing closing/, 'a quote is not closed: add the closing quote'],
  [/^Invalid escape/, 'a backslash in double quotes has a meaning of its own: use single quotes'],
  [/ end with a /, 'a bracket or brace is not closed: add the missing ] or }'],
  [/^Missing , /, 'a comma is missing between two entries in brackets or braces'],
  [/^Sequence item|^All |indented/, `the line begins in a wrong column: ${ALIGN}`],
  [/^Plain value/, 'a value cannot begin with this character: put the value in quotes'],
  [/^Block scalar/, 'text follows | or > on the same line: begin it on the next line'],
  [/^Nested mappings/, `": " follows a value: put a value with ": " in quotes, and ${ALIGN}`],
  [/^Implicit /, 'the line is not KEY: VALUE: write a colon and a space after the key'],
  [/more than one document/, 'there is more than one document: remove the line "---"'],
];

/** Messages of the library use the words of its grammar. */
const describeSyntax = (message: string): string =>
  SYNTAX_FAULTS.find(([pattern]) => pattern.test(message))?.[1] ??
  'not YAML from here on: check the brackets, quotes and spaces of this line and the one before';
