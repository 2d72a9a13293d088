// Queries of CoreDNS (plugin "log"): the common and the combined format. The time is that of a container's log, or the program's own.

import { addDnsRow, lineFormat, localTime, syslogLine } from '../dns-row.ts';
import { type LogFormat, NO_ROW, OF_QUESTIONS } from '../records.ts';

/** coredns.io/plugins/log: client, id, question, code, flags, size and duration. */
const ROW =
  /\[INFO\] (?:plugin\/log: )?(\[[0-9a-fA-F:.]+\]|[0-9.]+):\d+ - \d+ "([A-Z0-9]+) [A-Z]+ (\S+) (?:udp|tcp|tls|https|grpc|quic)\S* \d+ (?:true|false) \d+" (\S+) \S+ \d+ [\d.]+s\b/;
const RCODES: ReadonlyMap<string, number> = new Map([
  ['SERVFAIL', 2],
  ['NXDOMAIN', 3],
  ['REFUSED', 5],
]);

export const COREDNS: LogFormat = {
  id: 'coredns',
  title: 'CoreDNS query log',
  recognizes: ({ lines }) => lines.some((line) => ROW.test(line)),
  reader: (records, { zone }) => {
    const at = localTime(zone);
    return lineFormat(
      'queries',
      (line, { modifiedUs }) => syslogLine(line, at, modifiedUs)?.us ?? Number.NaN,
      ({ modifiedUs }) =>
        (line) => {
          const row = ROW.exec(line);
          if (row === null) return NO_ROW;
          const us = syslogLine(line, at, modifiedUs)?.us ?? Number.NaN;
          if (!(us > 0)) return 'no time';
          const [, client = '', type = '', name = '', code = ''] = row;
          // "-": CoreDNS had no answer.
          const answer = code === '-' ? null : { addresses: [], rcode: RCODES.get(code) ?? 0 };
          return addDnsRow(records, { us, client: client.replace(/^\[|\]$/g, ''), name, type, answer });
        },
    );
  },
  ...OF_QUESTIONS,
};
