// Reads queries and replies of unbound (log-queries, log-replies). Without log-tag-queryreply both are "info"; a reply
// has a code.

import { addDnsRow, lineFormat, localTime, parseRcode, syslogLine, taggedLine } from '../dns-row.ts';
import { type LogFormat, NO_ROW, OF_QUESTIONS } from '../records.ts';

/**
 * unbound.conf(5): `log-identity` replaces the name of the program; `log-destaddr` adds the address that a reply was
 * sent from.
 */
const NUMBERED = /^\[(\d{9,10})\] [^\s[\]]+\[\d+:[0-9a-f]+\] (.*)$/;
const NAMED =
  /^(?:\S+ )?(?:unbound(?:\[\d+(?::[0-9a-f]+)?\])?:? (?:\[\d+:[0-9a-f]+\] )?|[^\s:[\]]+(?:\[\d+\])?: \[\d+:[0-9a-f]+\] |[^\s:[\]]*\[\d+:[0-9a-f]+\]:? )(.*)$/;
const ROW =
  /^(?:query|reply|info): (\S+) (\S+) ([A-Z0-9]+) (?:IN|CH|HS|ANY|CLASS\d+)(?: ([A-Z0-9]+) [\d.]+ [01] \d+(?: \S.*)?)?$/;
/** log-local-actions and rpz-log: the action of a local zone or a policy zone. */
const ACTION =
  /^info: (?:rpz: applied (?:\[[^\]]*\] )?)?\S+ (\S+) ([0-9a-fA-F.:]+)@\d+ (\S+) ([A-Z0-9]+) (?:IN|CH|HS|ANY)$/;
const BLOCKING = /deny|refuse|static|nxdomain|nodata|null|redirect|drop|cname|data/;
const OWN = [/^\[\d{9,10}\] unbound\[/, taggedLine('unbound(?:\\[\\d+(?::[0-9a-f]+)?\\])?:? ')];
/** Process and thread after another name of the program, or without one. */
const IDENTIFIED = taggedLine('(?:[^\\s:[\\]]+(?:\\[\\d+\\])?: |[^\\s:[\\]]*)\\[\\d+:[0-9a-f]+\\]:? ');
/**
 * Matches a query in any line, so that one in an unknown form counts as ignored and not as a line of another program.
 */
const QUESTION = /(?:query|reply|info): [0-9a-fA-F.:]+ \S+ [A-Z0-9]+ (?:IN|CH|HS|ANY)\b/;

export const UNBOUND: LogFormat = {
  id: 'unbound',
  title: 'unbound',
  recognizes: ({ lines }) =>
    lines.some(
      (line) =>
        OWN.some((pattern) => pattern.test(line)) ||
        ((NUMBERED.test(line) || IDENTIFIED.test(line)) && QUESTION.test(line)),
    ),
  reader: (records, { zone }) => {
    const at = localTime(zone);
    const split = (line: string, modifiedUs: number): { us: number; said: string } | null => {
      const numbered = NUMBERED.exec(line);
      if (numbered !== null) return { us: Number(numbered[1]) * 1_000_000, said: numbered[2] ?? '' };
      const head = syslogLine(line, at, modifiedUs);
      const named = head === null ? null : NAMED.exec(head.rest);
      return head === null || named === null ? null : { us: head.us, said: named[1] ?? '' };
    };
    return lineFormat(
      'queries',
      (line, { modifiedUs }) => split(line, modifiedUs)?.us ?? Number.NaN,
      ({ modifiedUs }) =>
        (line) => {
          const head = split(line, modifiedUs);
          const isQuestion = QUESTION.test(line);
          if (head === null) return isQuestion ? 'question without a known time or program' : NO_ROW;
          if (!(head.us > 0)) return 'no time';
          const row = ROW.exec(head.said);
          const action = ACTION.exec(head.said);
          if (action !== null) {
            const [, what = '', client = '', name = '', type = ''] = action;
            const answer = { addresses: [], rcode: 0, isBlocked: BLOCKING.test(what) };
            return addDnsRow(records, { us: head.us, client, name, type, answer }, false);
          }
          if (row === null) return isQuestion ? 'question in an unknown form' : NO_ROW;
          const [, client = '', name = '', type = '', code] = row;
          const query = { us: head.us, client, name, type };
          // A reply repeats its query and contains no addresses.
          if (code === undefined) return addDnsRow(records, { ...query, answer: null });
          return addDnsRow(records, { ...query, answer: { addresses: [], rcode: parseRcode(code) } }, false);
        },
    );
  },
  ...OF_QUESTIONS,
};
