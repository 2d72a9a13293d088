// Declares the section on attempts: connections that were stopped before the first request.

import type { ReportAttempt } from '../../model/report.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import type { Section, SectionTable } from './section.ts';

/** Maximum tools in a cell; JSON has all of them. */
const MAX_NAMED = 2;

const table: SectionTable<ReportAttempt> = {
  texts: ({ attempts }) => attempts,
  rows: ({ attempts = [] }) => attempts,
  columns: ({ words }) => [
    {
      head: words.heads.host,
      kind: 'text',
      of: ({ host }) => host,
      to: ({ host }, links) => links.health({ host }),
    },
    { head: words.heads.name, kind: 'text', of: ({ name }) => name },
    { head: words.heads.result, kind: 'text', of: ({ result }) => words.sections.attempts.result(result) },
    { head: words.heads.attempts, kind: 'number', of: ({ attempts }) => attempts },
    { head: words.heads.passed, kind: 'number', of: ({ passed }) => passed },
    {
      head: words.heads.where,
      kind: 'text',
      of: ({ leg }) => (leg === null ? words.notKnown : words.legs[leg]),
    },
    { head: words.heads.fault, kind: 'text', of: ({ fault }) => fault ?? words.notKnown },
    { head: words.heads.confidence, kind: 'confidence', of: ({ confidence }) => confidence },
    { head: words.heads.firstSeen, kind: 'instant', of: ({ firstSeen }) => firstSeen },
    { head: words.heads.lastSeen, kind: 'instant', of: ({ lastSeen }) => lastSeen },
    {
      head: words.heads.tools,
      kind: 'text',
      of: ({ tools, toolNames = tools }) =>
        words.andMore(toolNames.slice(0, MAX_NAMED), tools.length - MAX_NAMED),
    },
  ],
  noun: 'line',
  most: { terminal: 20 },
  csvLines: ({ host, tools, name, result, confidence, firstSeen, lastSeen, attempts }) => [
    {
      host,
      row: 'attempt',
      tool: tools.join(' '),
      tool_name: name,
      kind: ENGLISH_WORDS.sections.attempts.result(result),
      confidence,
      first_seen: firstSeen,
      last_seen: lastSeen,
      attempts,
    },
  ],
};

export const ATTEMPTS: Section = {
  id: 'attempts',
  tables: [table],
  notes: ({ words }, more) => [more, words.sections.attempts.note],
  pages: ['overview', 'host', 'tool', 'health'],
  isInFullOnly: true,
};
