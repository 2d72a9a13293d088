// English words in a page or a Markdown text of another language, apart from what comes with the document.
import type { ReportDocument } from '../../../src/model/report.ts';

/** Names of protocols, programs, options and commands, which no language translates. */
const NAMES = `alpn api bun check clienthello clienthellos community data diagnose dns ech encrypted exceptions export
  finding format grease hello help html http ids json key log mac mcp node policy quic rustls sha ssh suricata tcp tls tor ttl uid vpn whole wireshark
  wiretally zeek`;
/** Words of German that are written as those of English. */
const ALIKE = `alives byte bytes client clients cloud clouds codes firewall form frames gateway gateways keep kernel mail min
  minute name person relay relays resolver sensor server servers starts text tool tunnel update updates upload uploads version
  was`;
const TERMS = new Set(`${NAMES} ${ALIKE}`.split(/\s+/));

/** Their values are words of closed lists, for which each language has its own. */
const CLOSED = new Set(
  `answer class confidence effect identity kind leg method next result role severity specificity state verdict`.split(
    ' ',
  ),
);

/** Words that come with the document: names, statements, files. */
function dataOf(value: unknown, words = new Set<string>()): Set<string> {
  if (typeof value === 'string') for (const word of wordsOf(value)) words.add(word);
  else if (typeof value === 'object' && value !== null)
    for (const [key, part] of Object.entries(value)) if (!CLOSED.has(key)) dataOf(part, words);
  return words;
}

const ATTRIBUTES = / (?:aria-label|title|placeholder|data-l|data-copy|alt)="([^"]*)"/g;

/** Texts for people: element texts and attributes, without code, style and what is marked as English. */
export function textsOf(page: string): string[] {
  const body = page.replaceAll(
    /<(style|script|code|pre)\b[\s\S]*?<\/\1>|<span lang="en">[\s\S]*?<\/span>| data-words="[^"]*"/g,
    '\n',
  );
  const texts = body
    .replaceAll(/<[^>]+>/g, '\n')
    .split('\n')
    .concat([...body.matchAll(ATTRIBUTES)].map(([, text]) => text ?? ''));
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/(?<!&)\b[a-z]{3,}\b/g) ?? [];

/** Of the English text, those that stand in the other one too and are neither data nor terms. */
export function englishLeft(
  english: readonly string[],
  other: readonly string[],
  document: ReportDocument,
): string[] {
  const data = dataOf(document);
  const isWord = (word: string): boolean => !data.has(word) && !TERMS.has(word);
  const words = new Set(english.flatMap(wordsOf).filter(isWord));
  return [...new Set(other.flatMap(wordsOf))].filter((word) => words.has(word)).sort();
}
