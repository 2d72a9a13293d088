// Reads queries of dnsmasq and of Pi-hole's fork of it. Lines have no year and no zone; only "query" lines contain the
// client. dnsmasq(8), --log-queries: "extra" writes a serial number and the client, "proto" (Pi-hole 6) the protocol
// before them; since 2.86 answers have extended errors (RFC 8914) and results of DNSSEC.

import { addDnsRow, lineFormat, localTime, parseRcodeWord, syslogLine, taggedLine } from '../dns-row.ts';
import { JoinTable } from '../join-table.ts';
import { type LogFormat, NO_ROW, OF_QUESTIONS } from '../records.ts';

/** Exports of some collectors have no program name. */
const LINE =
  /^(?:(?:\S+ )?dnsmasq(?:\[\d+\])?: |(?:\S+ )??(?=(?:(?:[A-Z]{2,5} )?\d+ \S+\/\d+ )?(?:query\[|reply |cached )))(?:(?:[A-Z]{2,5} )?\d+ (\S+?)\/\d+ )?(\S.*)$/;
const OWN = [
  taggedLine('dnsmasq(?:\\[\\d+\\])?: '),
  /^[A-Z\d]\S+(?: [ \d]\d [\d:]+)? (?:\S+ )??(?:(?:[A-Z]{2,5} )?\d+ \S+ )?query\[[A-Z0-9=type]+\] \S+ from [\da-f.:]+$/,
];
const QUERY = /^query\[(?:type=)?([A-Z0-9]+)\] (\S+) from (\S+)$/;
/**
 * Matches a query in any line, so that one in an unknown form counts as ignored and not as a line of another program.
 */
const QUESTION = /(?:^| )query\[[^\]]*\] /;
/** Answers, including those from a hosts file or a block list. Versions before 2.7 write the type of the address. */
const REPLY = /^(\S.{0,255}?) (\S+) is (\S+?)(?:-IPv[46])?(?: (?:SECURE|INSECURE|BOGUS))?(?: \(.*\))?$/;
/** Maximum time between a query and its answer; maximum queries that wait for one. */
const ANSWER_US = 30_000_000;
const MAX_WAITING = 4096;

/** Words of Pi-hole for a name on a list; version 5 has "blacklisted". */
const BLOCKED = /\b(?:blocked|denied|blacklisted)\b/;

export const DNSMASQ: LogFormat = {
  id: 'dnsmasq',
  title: 'dnsmasq and Pi-hole',
  recognizes: ({ lines }) => lines.some((line) => OWN.some((pattern) => pattern.test(line))),
  reader: (records, { zone }) => {
    const at = localTime(zone);
    /** Queries for listed names that wait for an answer, by name. The answer may be in the next file. */
    const waiting = new JoinTable<{ readonly client: string; readonly us: number; readonly type: string }>();
    const reader = lineFormat(
      'queries',
      (line, { modifiedUs }) => syslogLine(line, at, modifiedUs)?.us ?? Number.NaN,
      ({ modifiedUs }) => {
        return (line) => {
          const head = syslogLine(line, at, modifiedUs);
          if (head === null || !(head.us > 0)) return 'no time';
          const parts = LINE.exec(head.rest);
          if (parts === null) return QUESTION.test(line) ? 'question of an unknown program' : NO_ROW;
          const [, extra, text = ''] = parts;
          const query = QUERY.exec(text);
          if (query !== null) {
            const [, type = '', name = '', client = ''] = query;
            if (waiting.size >= MAX_WAITING) waiting.clear();
            if (records.isListed(name.toLowerCase()))
              waiting.set(name.toLowerCase(), { client, us: head.us, type });
            return addDnsRow(records, { us: head.us, client, name, type, answer: null });
          }
          const reply = REPLY.exec(text);
          if (reply === null) return QUESTION.test(text) ? 'question in an unknown form' : NO_ROW;
          const [, word = '', name = '', answer = ''] = reply;
          const waitingQuery = waiting.get(name.toLowerCase());
          if (waitingQuery === undefined || head.us - waitingQuery.us > ANSWER_US) return NO_ROW;
          const client = extra ?? waitingQuery.client;
          const row = {
            us: head.us,
            client,
            name,
            type: waitingQuery.type,
            answer: { addresses: [answer], rcode: parseRcodeWord(answer), isBlocked: BLOCKED.test(word) },
          };
          addDnsRow(records, row, false);
          return NO_ROW;
        };
      },
    );
    return { ...reader, tables: { waiting } };
  },
  ...OF_QUESTIONS,
};
