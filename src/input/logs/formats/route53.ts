// Query logs of the Route 53 Resolver: one JSON object a line; answers from its cache are not logged.

import { addDnsRow } from '../dns-row.ts';
import { FieldNames, Fields } from '../fields.ts';
import { JsonLine } from '../json-line.ts';
import { DNS_REVIEW, type LogFormat } from '../records.ts';
import { timeOf } from '../values.ts';

const FIELDS = new FieldNames([
  ['query_timestamp'],
  ['query_name'],
  ['query_type'],
  ['rcode'],
  ['srcaddr'],
  ['answers'],
  ['firewall_rule_action'],
]);
const [TIME, NAME, TYPE, RCODE, CLIENT, ANSWERS, ACTION] = [0, 1, 2, 3, 4, 5, 6];
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export const ROUTE53: LogFormat = {
  id: 'route53',
  title: 'Route 53 Resolver query log',
  recognizes: ({ lines }) =>
    lines.some(
      (line) => line.startsWith('{') && /"query_timestamp"\s*:/.test(line) && /"srcaddr"\s*:/.test(line),
    ),
  reader: (records) => {
    const fields = new Fields(FIELDS.count);
    const json = new JsonLine(FIELDS, fields);
    const time = (): number =>
      fields.has(TIME) ? timeOf(fields.bytes, fields.start(TIME), fields.end(TIME)) : Number.NaN;
    return {
      describe: ({ lines }) => {
        const first = Buffer.from(lines[0] ?? '');
        const us = json.read(first, 0, first.length) === null ? time() : Number.NaN;
        return { kind: 'queries', rank: 0, ...(us > 0 ? { firstUs: us } : {}) };
      },
      open: () => ({
        line(bytes, start, end) {
          if (start === end) return null;
          const fault = json.read(bytes, start, end);
          if (fault !== null) return fault;
          const us = time();
          if (!(us > 0)) return 'no time';
          const client = fields.text(CLIENT);
          if (client === null || !fields.has(NAME)) return 'no question';
          const isBlocked = fields.is(ACTION, 'BLOCK');
          const answers = isBlocked ? [] : fields.json(ANSWERS);
          const addresses = (Array.isArray(answers) ? answers : []).flatMap((one: unknown) =>
            typeof one === 'object' && one !== null && 'Rdata' in one && typeof one.Rdata === 'string'
              ? [one.Rdata]
              : [],
          );
          const rcode = Math.max(0, RCODES.indexOf(fields.text(RCODE) ?? 'NOERROR'));
          const asked = { us, client, name: fields.text(NAME) ?? '', type: fields.text(TYPE) ?? '' };
          return addDnsRow(records, { ...asked, answer: { addresses, rcode } });
        },
      }),
      finish: () => [],
    };
  },
  review: DNS_REVIEW,
};
