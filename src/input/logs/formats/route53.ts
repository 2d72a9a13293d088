// Query logs of the Route 53 Resolver: one JSON object a line; answers from its cache are not logged.

import { jsonQueryLog } from '../dns-row.ts';
import { numberFields } from '../fields.ts';
import { DNS_REVIEW, type LogFormat } from '../records.ts';

const { numbers: F, fields: FIELDS } = numberFields({
  time: ['query_timestamp'],
  name: ['query_name'],
  type: ['query_type'],
  rcode: ['rcode'],
  client: ['srcaddr'],
  answers: ['answers'],
  action: ['firewall_rule_action'],
});
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export const ROUTE53: LogFormat = {
  id: 'route53',
  title: 'Route 53 Resolver query log',
  recognizes: ({ lines }) =>
    lines.some(
      (line) => line.startsWith('{') && /"query_timestamp"\s*:/.test(line) && /"srcaddr"\s*:/.test(line),
    ),
  reader: (records) =>
    jsonQueryLog(records, FIELDS, F, (fields) => {
      const isBlocked = fields.is(F.action, 'BLOCK');
      const answers = isBlocked ? [] : fields.json(F.answers);
      const addresses = (Array.isArray(answers) ? answers : []).flatMap((one: unknown) =>
        typeof one === 'object' && one !== null && 'Rdata' in one && typeof one.Rdata === 'string'
          ? [one.Rdata]
          : [],
      );
      return { addresses, rcode: Math.max(0, RCODES.indexOf(fields.text(F.rcode) ?? 'NOERROR')) };
    }),
  review: DNS_REVIEW,
};
