// Reads logs of resolvers with one complete query per line: one entry of the table for each product, and one pattern
// for each form of its lines. The groups of a pattern are the parts of a query. Sources: coredns.io/plugins/log;
// PowerDNS Recursor, "Logging details of queries and answers", and Authoritative Server, log-dns-queries; dnsdist,
// LogAction; Technitium DNS Server, query logs and Log Exporter; dnscrypt-proxy, example file, section query_log;
// Blocky, file writer of the query log; RouteDNS, "query-log"; systemd-resolved at the log level debug; BIND,
// dnstap-read(1); DNS-collector, text and JSON forms of its transformers.

import type { LogFormatId } from '../../../model/input-format.ts';
import { parseAddress } from '../../../net/address.ts';
import { addDnsRow, lineFormat, localTime, parseRcode, syslogLine, writtenTime } from '../dns-row.ts';
import { type LogFormat, NO_ROW, OF_QUESTIONS } from '../records.ts';

interface Resolver {
  readonly id: LogFormatId;
  readonly title: string;
  /**
   * Groups: name and client; type, code, answers and time if the form has them. `blocked` is set if a filter answered,
   * and `reply` if another line contains the query.
   */
  readonly rows: readonly RegExp[];
  /**
   * Matches a query in any line, so that one in an unknown form counts as ignored and not as a line of another program.
   */
  readonly question: RegExp;
  /** Client of all queries, if lines contain none. */
  readonly client?: string;
}

/** An address with or without brackets. The limits keep the match of long names linear. */
const ADDRESS = '(?:\\[[0-9a-fA-F:.%]{2,64}\\]|[0-9.]{7,15}|[0-9a-fA-F:.]{2,45})';
const DATE_TIME = '\\d{4}[-/]\\d\\d[-/]\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?';

/**
 * Finds values by their keys in any order, as key=value, key="value" or "key":"value"; "key=text": the value begins
 * with this text. `optional` keys may be absent.
 */
function buildPairPattern(
  required: Readonly<Record<string, string>>,
  optional: Readonly<Record<string, string>> = {},
): RegExp {
  const find = ([group, written]: readonly [string, string]): string => {
    const [key = '', beginning = ''] = written.split('=');
    return `.*?(?<![\\w.-])${key}"?\\s?[=:]\\s?(?:"(?=[^"]*")|(?!"))(?=${beginning})(?<${group}>[^",;\\s}]+)`;
  };
  const all = Object.entries(required).map((entry) => `(?=${find(entry)})`);
  const some = Object.entries(optional).map((entry) => `(?=${find(entry)}|)`);
  return new RegExp(`^${all.join('')}${some.join('')}`);
}

const RESOLVERS: readonly Resolver[] = [
  {
    id: 'coredns',
    title: 'CoreDNS query log',
    rows: [
      // "-" means that CoreDNS had no answer.
      new RegExp(
        `\\[INFO\\] (?:plugin/log: )?(?<client>${ADDRESS}):\\d+ - \\d+ "(?<type>[A-Z0-9]+) [A-Z]+ (?<name>\\S+) (?:udp|tcp|tls|https|grpc|quic)\\S* \\d+ (?:true|false) \\d+" (?:-|(?<code>\\S+)) \\S+ \\d+ [\\d.]+s\\b`,
      ),
    ],
    question: /\[INFO\] (?:plugin\/log: )?\S{2,64}:\d+ - \d+ "/,
  },
  {
    id: 'powerdns',
    title: 'PowerDNS and dnsdist',
    rows: [
      buildPairPattern(
        { reply: 'msg=Answer', name: 'qname', type: 'qtype', client: 'remote' },
        { code: 'rcode', time: 'ts', source: 'source' },
      ),
      buildPairPattern(
        { said: 'msg=Question', name: 'qname', type: 'qtype', client: 'remote' },
        { time: 'ts', source: 'source' },
      ),
      new RegExp(`\\bquestion for '(?<name>[^'|]+)\\|(?<type>[A-Z0-9]+)' from (?<client>${ADDRESS}):\\d+`),
      new RegExp(`\\bRemote (?<client>${ADDRESS}) wants '(?<name>[^'|]+)\\|(?<type>[A-Z0-9]+)', do = `),
      new RegExp(
        `\\bPacket from (?<client>${ADDRESS}):\\d+ for (?<name>\\S+) (?<type>[A-Z0-9]+) with id \\d+`,
      ),
    ],
    question: /msg"?[=:]\s?"(?:Question|Answer)"|\bquestion for '|\bRemote \S+ wants '/,
  },
  {
    id: 'technitium',
    title: 'Technitium DNS Server',
    rows: [
      new RegExp(
        `^\\[(?<time>${DATE_TIME}(?: UTC)?)(?: Local)?\\] \\[(?<client>${ADDRESS}):\\d+\\] (?:\\[\\w+\\] )?QNAME: (?<name>[^;\\s]+); QTYPE: (?<type>\\w+); QCLASS: \\w+(?:.*?;? RCODE: (?<code>\\w+)(?:; ANSWER: \\[(?<answers>[^\\]]*)\\])?)?`,
      ),
      new RegExp(
        `^\\d+,(?<time>${DATE_TIME}Z?),(?<client>${ADDRESS}),\\w*,(?:(?<blocked>\\w*Blocked)|\\w*),[\\d.]*,(?<code>\\w+),(?<name>[^,]+),(?<type>\\w+),`,
      ),
      buildPairPattern(
        { time: 'timestamp', client: 'clientIp', name: 'questionName', type: 'questionType' },
        { code: 'responseCode', blocked: 'responseType=\\w*Blocked' },
      ),
    ],
    question: /\bQNAME: |"questionName"|^\d+,\d{4}-[^,]+,[\d.]+,\w+,\w+,/,
  },
  {
    id: 'dnscrypt-proxy',
    title: 'dnscrypt-proxy query log',
    rows: [
      new RegExp(
        `^\\[(?<time>${DATE_TIME})\\]\\t(?<client>${ADDRESS})\\t(?<name>\\S+)\\t(?<type>\\w+)\\t(?:(?<blocked>REJECT|DROP|CLOAK)|(?<code>\\w+))\\t`,
      ),
      /^time:(?<time>\d+)\thost:(?<client>\S+)\tmessage:(?<name>\S+)\ttype:(?<type>\w+)\treturn:(?:(?<blocked>REJECT|DROP|CLOAK)|(?<code>\w+))\t/,
    ],
    question: /^\[\d{4}-[\d :-]+\]\t\S+\t\S+\t[A-Z0-9]+\t[A-Z]|^time:\d+\thost:\S+\tmessage:/,
  },
  {
    id: 'blocky',
    title: 'Blocky query log',
    rows: [
      new RegExp(
        `^(?<time>${DATE_TIME})\\t(?<client>${ADDRESS})\\t[^\\t]*\\t\\d+\\t(?<blocked>BLOCKED)?[^\\t]*\\t(?<name>[^\\t( ]+)\\t(?<answers>[^\\t]*)\\t(?<code>[A-Z]+)\\t[^\\t]*\\t(?<type>\\w+)`,
      ),
      new RegExp(
        `^(?<time>${DATE_TIME})\\t(?<client>${ADDRESS})\\t[^\\t]*\\t\\d+\\t(?<blocked>BLOCKED)?[^\\t]*\\t(?<type>\\w+) \\((?<name>[^\\t)]+)\\)\\t(?<answers>[^\\t]*)\\t(?<code>[A-Z]+)`,
      ),
      buildPairPattern(
        { client: 'client_ip', name: 'question_name', type: 'question_type' },
        { code: 'response_code', blocked: 'response_reason=BLOCKED', time: 'time' },
      ),
    ],
    question: /\bclient_ip\b.*\bquestion_name\b|^\d{4}-[\d :-]+\t\S+\t[^\t]*\t\d+\t[A-Z]+\b[^\t]*\t/,
  },
  {
    id: 'routedns',
    title: 'RouteDNS query log',
    rows: [
      buildPairPattern(
        { time: 'time', client: 'source-ip', name: 'question-name' },
        { type: 'question-type' },
      ),
    ],
    question: /\bquestion-name\b/,
  },
  {
    id: 'systemd-resolved',
    title: 'systemd-resolved at the log level debug',
    rows: [/\bLooking up RR for (?<name>\S+) [A-Z]+ (?<type>[A-Z0-9]+)\.?$/],
    question: /\bLooking up RR for /,
    // Lines contain no client: the programs of the host itself send the queries, so its loopback address stands for
    // them.
    client: '127.0.0.1',
  },
  {
    id: 'dnstap',
    title: 'dnstap (dnstap-read, DNS-collector)',
    rows: [
      new RegExp(
        `^(?<time>\\d\\d-[A-Z][a-z]{2}-\\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d+) C(?:Q|(?<reply>R)) (?<client>${ADDRESS}):\\d+ (?:->|<-) \\S+ [A-Z]+ \\d+b (?<name>[^\\s/]+)/[A-Z]+/(?<type>\\w+)`,
      ),
      new RegExp(
        `^(?<time>${DATE_TIME}(?:Z|[+-]\\d\\d:?\\d\\d)?) \\S+ CLIENT_(?:QUERY|(?<reply>RESPONSE)) (?<code>\\w+) (?<client>${ADDRESS}) \\d+ \\S+ \\w+ \\d+b? (?<name>\\S+) (?<type>\\w+)`,
      ),
      buildPairPattern({
        said: 'operation=CLIENT_QUERY',
        time: 'timestamp-rfc3339ns',
        client: 'query-ip',
        name: 'qname',
        type: 'qtype',
      }),
      buildPairPattern({
        reply: 'operation=CLIENT_RESPONSE',
        time: 'timestamp-rfc3339ns',
        client: 'query-ip',
        name: 'qname',
        type: 'qtype',
        code: 'rcode',
      }),
    ],
    question: / C[QR] \S+:\d+ |\bCLIENT_(?:QUERY|RESPONSE)\b/,
  },
];

/** Time before a line of a program that writes to a terminal. */
const IN_BRACKETS = new RegExp(`^\\[?(${DATE_TIME})\\]? `);
const IN_ANSWERS = /[0-9a-fA-F.:]{3,45}/g;
const withoutPort = (text: string): string =>
  text.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');

function formatFor({ id, title, rows, question, client: ownClient }: Resolver): LogFormat {
  const read = (line: string): Readonly<Record<string, string | undefined>> | null => {
    for (const row of rows) {
      const groups = row.exec(line)?.groups;
      if (groups !== undefined) return groups;
    }
    return null;
  };
  return {
    id,
    title,
    recognizes: ({ lines }) => lines.some((line) => read(line) !== null),
    reader: (records, { zone }) => {
      const at = localTime(zone);
      const timeOf = (line: string, time: string | undefined, modifiedUs: number): number => {
        const written = time ?? IN_BRACKETS.exec(line)?.[1];
        return written === undefined
          ? (syslogLine(line, at, modifiedUs)?.us ?? Number.NaN)
          : writtenTime(written, at);
      };
      return lineFormat(
        'queries',
        (line, { modifiedUs }) => timeOf(line, read(line)?.time, modifiedUs),
        ({ modifiedUs }) =>
          (line) => {
            const row = read(line);
            if (row === null) return question.test(line) ? 'question in an unknown form' : NO_ROW;
            const { name = '', type = 'A', code, answers = '', blocked, reply, source, time } = row;
            const us = timeOf(line, time, modifiedUs);
            if (!(us > 0)) return 'no time';
            const client = ownClient ?? withoutPort(source ?? row.client ?? '');
            const addresses = (answers.match(IN_ANSWERS) ?? []).filter((text) => parseAddress(text) !== null);
            const hasAnswer = code !== undefined || blocked !== undefined;
            const answer = { addresses, rcode: parseRcode(code ?? ''), isBlocked: blocked !== undefined };
            const query = { us, client, name, type, answer: hasAnswer ? answer : null };
            return addDnsRow(records, query, reply === undefined);
          },
      );
    },
    ...OF_QUESTIONS,
  };
}

export const RESOLVER_FORMATS: readonly LogFormat[] = RESOLVERS.map(formatFor);
